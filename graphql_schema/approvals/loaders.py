"""Load related data of many approvals at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.approvals.members import email_of
from automate.approvals.services import can_decide
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.permissions import DECIDE_APPROVALS
from automate.runs.approvals import queries
from automate.runs.approvals.queries import ApprovalRow
from automate.runs.queries import runs_by_id, steps_by_id
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.payloads import too_large
from graphql_schema.planning import Of, Selected


def data_of_approvals(approvals: Sequence[Of[ApprovalRow]], field: Selected) -> list[Encoded | NormalizedError | None]:
    texts = [None if approval.row.data is None else approval.row.data.encode() for approval in approvals]
    left = field.plan.payload_bytes
    return [None if text is None else Encoded(text) if left.take(len(text)) else too_large() for text in texts]


def viewers_that_can_decide(approvals: Sequence[Of[ApprovalRow]], field: Selected) -> list[bool | None]:
    viewer = field.plan.principal
    if viewer.kind == "system":
        return [None for _ in approvals]
    found = queries.decisions_of([approval.row.id for approval in approvals])
    email = email_of(viewer) if any(approval.row.members for approval in approvals) else ""
    allowed = DECIDE_APPROVALS in viewer.permissions
    return [allowed and can_decide(approval.row, found[approval.row.id], viewer, email) for approval in approvals]


def decisions_of_approvals(approvals: Sequence[Of[ApprovalRow]], field: Selected) -> list[list[object]]:
    most = list_limit(field.arguments)
    found = queries.decisions_of([approval.row.id for approval in approvals])
    return [[field.make(row) for row in found[approval.row.id][:most]] for approval in approvals]


def runs_of_approvals(approvals: Sequence[Of[ApprovalRow]], field: Selected) -> list[object]:
    return objects_of([approval.row.run_id for approval in approvals], runs_by_id, field.make)


def steps_of_approvals(approvals: Sequence[Of[ApprovalRow]], field: Selected) -> list[object]:
    steps = steps_by_id([approval.row.id for approval in approvals])
    runs = runs_by_id(sorted({step.run_id for step in steps.values()}))
    found = [steps.get(approval.row.id) for approval in approvals]
    return [field.make(step, runs[step.run_id].trace_id) if step and step.run_id in runs else None for step in found]
