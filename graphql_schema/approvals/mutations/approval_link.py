"""approvalLink: a page on which somebody without an account decides."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import SHARE_APPROVALS
from automate.runs.approvals.services import link_to
from graphql_schema.approvals.mutations.decide_approval import approval_id_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires


@strawberry.input
class ApprovalLinkInput:
    approval: strawberry.ID
    recipient: str = strawberry.field(description="Who decides by it: a name or an address, as it will be recorded.")
    role: MemberRole = strawberry.field(description="The member role in which they decide: one of the approval's.")


@strawberry.type
class ApprovalLinkPayload:
    url: str | None = strawberry.field(
        default=None, description="Whoever has it can decide, as long as the approval is open. It is shown once."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ApprovalLink:
    @strawberry.mutation(
        extensions=[Requires(SHARE_APPROVALS)],
        description="A link by which one recipient decides an approval without an account. Give it to nobody else.",
    )
    @refusals_in(ApprovalLinkPayload)
    def approval_link(
        self,
        info: Info,  # noqa: ARG002 - every resolver takes it
        input: ApprovalLinkInput,  # noqa: A002 - Relay's word
    ) -> ApprovalLinkPayload:
        url = link_to(approval_id_of(input.approval), recipient=input.recipient, role=input.role.value)
        return ApprovalLinkPayload(url=url)
