"""Load related data of many approvals at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.approvals.members import email_of
from automate.approvals.services import can_decide
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.permissions import DECIDE_APPROVALS, VIEW_RUNS
from automate.runs.approvals import queries
from automate.runs.queries import runs_by_id, steps_by_id
from graphql_schema.approvals.types import Approval, ApprovalDecision, decision_of
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.payloads import too_large
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.types import ExecutionRun, StepRun, run_of, step_of


@prefetch(Approval, "data", VIEW_RUNS)
def data_of_approvals(approvals: Sequence[Approval], field: Selected) -> list[Encoded | NormalizedError | None]:
    texts = [None if approval.row.data is None else approval.row.data.encode() for approval in approvals]
    left = field.plan.payload_bytes
    return [None if text is None else Encoded(text) if left.take(len(text)) else too_large() for text in texts]


@prefetch(Approval, "viewerCanDecide", VIEW_RUNS)
def viewers_that_can_decide(approvals: Sequence[Approval], field: Selected) -> list[bool | None]:
    viewer = field.plan.principal
    if viewer.kind == "system":
        return [None for _ in approvals]
    found = queries.decisions_of([approval.row.id for approval in approvals])
    email = email_of(viewer) if any(approval.row.members for approval in approvals) else ""
    allowed = DECIDE_APPROVALS in viewer.permissions
    return [allowed and can_decide(approval.row, found[approval.row.id], viewer, email) for approval in approvals]


@prefetch(Approval, "decisions", VIEW_RUNS)
def decisions_of_approvals(approvals: Sequence[Approval], field: Selected) -> list[list[ApprovalDecision]]:
    most = list_limit(field.arguments)
    found = queries.decisions_of([approval.row.id for approval in approvals])
    return [[decision_of(row) for row in found[approval.row.id][:most]] for approval in approvals]


@prefetch(Approval, "run", VIEW_RUNS)
def runs_of_approvals(approvals: Sequence[Approval], _field: Selected) -> list[ExecutionRun | None]:
    return objects_of([approval.row.run_id for approval in approvals], runs_by_id, run_of)


@prefetch(Approval, "step", VIEW_RUNS)
def steps_of_approvals(approvals: Sequence[Approval], _field: Selected) -> list[StepRun | None]:
    steps = steps_by_id([approval.row.id for approval in approvals])
    runs = runs_by_id(sorted({step.run_id for step in steps.values()}))
    found = [steps.get(approval.row.id) for approval in approvals]
    return [step_of(step, runs[step.run_id].trace_id) if step and step.run_id in runs else None for step in found]
