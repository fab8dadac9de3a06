"""The mutation saveNoticePolicy."""

from __future__ import annotations

from dataclasses import replace

import strawberry

from automate.endpoints.noticing import save_notice_policy
from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_NOTICES
from automate.notices.choices import NoticeKind
from automate.notices.policy import DEFAULT, LEAST_WAIT_MINUTES, MOST_WAIT_MINUTES
from automate.notices.queries import stored_policy
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.notices.types import NoticePolicy, policy_shown


@strawberry.input
class SaveNoticePolicyInput:
    kinds: list[NoticeKind] | None = strawberry.field(
        default=None,
        description="The kinds of notices that people get. Null means all kinds. FAILING is always sent if "
        "workflows may pause themselves.",
    )
    roles: list[MemberRole] | None = strawberry.field(
        default=None, description="Members with these roles get mails. Null means owner and admin."
    )
    emits_events: bool = strawberry.field(
        default=False, description="Whether each notice is also an event `notice.raised`."
    )
    slack_webhook: str | None = strawberry.field(
        default=None,
        description="The Slack webhook to which each notice is posted. Give a reference to a secret with the URL of "
        "an incoming webhook, such as `$secret:SLACK_WEBHOOK`. Null: no Slack messages.",
    )
    webhook_endpoint: str | None = strawberry.field(
        default=None, description="The slug of a webhook endpoint to which each notice is sent. Null for none."
    )
    pauses_failing_workflows: bool = strawberry.field(
        default=False, description="Whether a workflow pauses itself when nearly all of its runs fail."
    )
    digest_hour: int = strawberry.field(
        default=DEFAULT.digest_hour, description="The hour of the daily digest, 0 to 23, in the tenant's time zone."
    )
    approval_minutes: int = strawberry.field(
        default=DEFAULT.approval_minutes,
        description=f"The minutes that an approval waits before a notice: {LEAST_WAIT_MINUTES} to {MOST_WAIT_MINUTES}.",
    )
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
        policy = replace(
            DEFAULT,
            kinds=DEFAULT.kinds if input.kinds is None else tuple(kind.value for kind in input.kinds),
            roles=DEFAULT.roles if input.roles is None else tuple(role.value for role in input.roles),
            emits=input.emits_events,
            slack_webhook=input.slack_webhook or "",
            webhook_endpoint=input.webhook_endpoint or "",
            pauses=input.pauses_failing_workflows,
            digest_hour=input.digest_hour,
            approval_minutes=input.approval_minutes,
        )
        save_notice_policy(policy, input.expected_revision)
        return SaveNoticePolicyPayload(notice_policy=policy_shown(*stored_policy()))
