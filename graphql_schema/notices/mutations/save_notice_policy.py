"""The mutation saveNoticePolicy."""

from __future__ import annotations

import strawberry

from automate.endpoints.noticing import save_notice_policy
from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_NOTICES
from automate.notices.choices import NoticeKind
from automate.notices.policy import NoticeSettings, policy_of
from automate.notices.queries import stored_policy
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.notices.types import NoticePolicy, policy_shown
from graphql_schema.shaped import ShapeInput, input_of


@input_of(NoticeSettings)
class SaveNoticePolicyInput(ShapeInput):
    kinds: list[NoticeKind] | None
    roles: list[MemberRole] | None
    expected_revision: int | None = seen_revision("policy")


@strawberry.type
class SaveNoticePolicyPayload(Payload):
    notice_policy: NoticePolicy | None = strawberry.field(
        default=None, description="The policy after the change. Null if it was refused."
    )


@strawberry.type
class SaveNoticePolicy:
    @mutation(MANAGE_NOTICES, "Replace the tenant's policy of notices. A field that is not given gets its default.")
    def save_notice_policy(self, input: SaveNoticePolicyInput) -> SaveNoticePolicyPayload:
        save_notice_policy(policy_of(input.stored()), input.expected_revision)
        return SaveNoticePolicyPayload(notice_policy=policy_shown(*stored_policy()))
