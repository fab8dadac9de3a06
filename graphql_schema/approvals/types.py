# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The type Approval: a question that a waiting run asks people."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import VIEW_RUNS
from automate.runs import models
from automate.runs.approvals.queries import ApprovalDecisionRow, ApprovalRow
from automate.runs.choices import ApprovalOutcome, ApprovalState
from graphql_schema.approvals.loaders import (
    data_of_approvals,
    decisions_of_approvals,
    runs_of_approvals,
    steps_of_approvals,
    viewers_that_can_decide,
)
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.runs.types import ExecutionRun, StepRun
from graphql_schema.scalars import JSON


@strawberry_django.type(models.ApprovalDecision, description="The decision of one person. A decision never changes.")
class ApprovalDecision:
    by: str = strawberry.field(description="The name of the person.")
    role: MemberRole
    outcome: ApprovalOutcome
    at: strawberry.auto
    form: strawberry.auto
    shown: str = strawberry.field(description="The SHA-256 of the question that the person saw, as hexadecimal digits.")


@strawberry_django.type(
    models.Approval, description="A question that a run asks people. The run waits for their decision."
)
class Approval(Node):
    title: strawberry.auto
    description: str | None
    roles: list[MemberRole]
    members: list[str]
    quorum: strawberry.auto
    form: strawberry.auto
    shown: str = strawberry.field(
        description="The SHA-256 of the question's canonical JSON, as hexadecimal digits. Pass it to decideApproval "
        "to prove which question was seen."
    )
    requested_by: str | None = strawberry.field(
        description="The sender of the event that started the run, who may not decide."
    )
    requested_at: strawberry.auto
    expires_at: strawberry.auto
    expires_as: ApprovalOutcome = strawberry.field(description="The outcome that applies if the approval expires.")
    decided_at: datetime | None = strawberry.field(
        description="The time at which the outcome was settled. Null while the approval is open."
    )
    state: ApprovalState
    row: strawberry.Private[ApprovalRow]

    @planned(viewers_that_can_decide, VIEW_RUNS)
    @strawberry.field(
        description="Whether the caller may decide now. Null in feeds, whose items are the same for all subscribers."
    )
    def viewer_can_decide(self, info: Info) -> bool | None:
        return prefetched(self, info)

    @planned(data_of_approvals, VIEW_RUNS)
    @strawberry_django.field()
    def data(self, info: Info) -> JSON | None:
        return prefetched(self, info)

    @planned(decisions_of_approvals, VIEW_RUNS)
    @strawberry.field(description="The decisions, oldest first.")
    def decisions(self, info: Info, first: int = 50) -> list[ApprovalDecision]:
        return prefetched(self, info)

    @planned(runs_of_approvals, VIEW_RUNS)
    @strawberry.field(description="The run. Null if retention has removed it.")
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(steps_of_approvals, VIEW_RUNS)
    @strawberry.field(description="The step. Null if retention has removed it.")
    def step(self, info: Info) -> StepRun | None:
        return prefetched(self, info)


_approval = copier(
    Approval,
    ApprovalRow,
    "id",
    "description",
    "roles",
    "members",
    "form",
    "shown",
    "requested_by",
    "expires_as",
    "state",
    "row",
)


def approval_of(row: ApprovalRow) -> Approval:
    return _approval(
        row,
        id=strawberry.ID(global_id("Approval", row.id)),
        description=row.description or None,
        roles=[MemberRole(role) for role in row.roles],
        members=list(row.members),
        form=None if row.form_schema is None else JSON(row.form_schema),
        shown=row.shown_sha256,
        requested_by=row.requested_by_name or None,
        expires_as=ApprovalOutcome(row.expires_as),
        state=ApprovalState(row.state),
        row=row,
    )


_approval_decision = copier(ApprovalDecision, ApprovalDecisionRow, "by", "role", "outcome", "form", "shown")


@makes(ApprovalDecision)
def decision_of(row: ApprovalDecisionRow) -> ApprovalDecision:
    return _approval_decision(
        row,
        by=row.by_name,
        role=MemberRole(row.role),
        outcome=ApprovalOutcome(row.outcome),
        form=None if row.form is None else JSON(row.form),
        shown=row.shown_sha256,
    )
