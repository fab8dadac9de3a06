"""The mutation approvalLink. A person without an account can decide an approval with the created link."""

from __future__ import annotations

import strawberry

from automate.approvals.services import link_to
from automate.kernel.choices import MemberRole
from automate.kernel.permissions import SHARE_APPROVALS
from graphql_schema.ids import existing_id
from graphql_schema.mutating import Payload, mutation


@strawberry.input
class ApprovalLinkInput:
    approval: strawberry.ID
    recipient: str = strawberry.field(
        description="A name or an address of the person who decides by the link. It is recorded with the decision."
    )
    role: MemberRole = strawberry.field(
        description="The role in which the person decides: one of the approval's roles."
    )


@strawberry.type
class ApprovalLinkPayload(Payload):
    url: str | None = strawberry.field(
        default=None,
        description="Anyone who has the link can decide while the approval is open. The link is shown once.",
    )


@strawberry.type
class ApprovalLink:
    @mutation(
        SHARE_APPROVALS,
        "Create a link by which one recipient decides an approval without an account. Give it only to the recipient.",
    )
    def approval_link(self, input: ApprovalLinkInput) -> ApprovalLinkPayload:
        approval = existing_id(input.approval, "Approval", "approval", "approvals", "approval")
        url = link_to(approval, recipient=input.recipient, role=input.role.value)
        return ApprovalLinkPayload(url=url)
