"""The mutation decideApproval: records the caller's decision about an approval."""

from __future__ import annotations

import strawberry

from automate.approvals.services import decide
from automate.kernel.permissions import DECIDE_APPROVALS
from automate.runs.choices import ApprovalOutcome
from automate.workflows.flow_steps.outcomes import outcome_named
from graphql_schema.approvals.types import Approval, approval_of
from graphql_schema.ids import existing_id
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.scalars import JSON


@strawberry.input
class DecideApprovalInput:
    approval: strawberry.ID
    outcome: ApprovalOutcome = strawberry.field(description="The decision.")
    shown: str = strawberry.field(description="The value of `shown` that the person saw with the approval.")
    form: JSON | None = strawberry.field(
        default=None, description="The values of the form. A rejection may leave fields out."
    )


@strawberry.type
class DecideApprovalPayload(Payload):
    approval: Approval | None = None


@strawberry.type
class DecideApproval:
    @mutation(
        DECIDE_APPROVALS,
        "Approve or reject, once. The caller must have one of the approval's roles or be one of its members, and must not "
        "have caused the run.",
    )
    def decide_approval(self, input: DecideApprovalInput) -> DecideApprovalPayload:
        row = decide(
            existing_id(input.approval, "Approval", "approval", "approvals", "approval"),
            outcome=outcome_named(input.outcome.value),
            form=json_of(input.form),
            shown_sha256=input.shown,
        )
        return DecideApprovalPayload(approval=approval_of(row))
