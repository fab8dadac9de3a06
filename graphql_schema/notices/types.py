"""The types Notice and NoticePolicy."""

from __future__ import annotations

import strawberry
import strawberry_django

from automate.kernel.choices import MemberRole
from automate.notices import models
from automate.notices.choices import NoticeKind, NoticeState
from automate.notices.links import url_of
from automate.notices.policy import NOTIFIED_BY_DEFAULT, NoticeSettings
from automate.notices.queries import NoticeRow
from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.scalars import JSON


@strawberry_django.type(models.Notice, description="A notice to people, by mail or as an event.")
class Notice(Node):
    kind: NoticeKind = strawberry.field(description="The kind of the notice.")
    cause: strawberry.auto
    about: JSON = strawberry.field(description="Redacted facts about the cause of the notice.")
    state: NoticeState = strawberry.field(description="Whether people were notified.")
    url: str = strawberry.field(description="The page to which the notice links.")
    created_at: strawberry.auto
    ended_at: strawberry.auto


_notice = copier(Notice, NoticeRow, "id", "kind", "state", "url")


def notice_of(row: NoticeRow) -> Notice:
    return _notice(
        row,
        id=strawberry.ID(global_id("Notice", row.id)),
        kind=NoticeKind(row.kind),
        state=NoticeState(row.state),
        url=url_of(row.kind, row.cause, row.about),
    )


@strawberry.type(description="Which notices the tenant's people get, and how.")
class NoticePolicy:
    kinds: list[NoticeKind] = strawberry.field(description="The kinds of notices that people get.")
    roles: list[MemberRole] = strawberry.field(
        description="Members with these roles get mails. A mail about an approval goes to the people who may decide it."
    )
    emits_events: bool = strawberry.field(
        description="Whether each notice is also an event `notice.raised`, for workflows of your own."
    )
    slack_webhook: str | None = strawberry.field(
        description="The secret with the URL of an incoming webhook of Slack, such as `$secret:SLACK_WEBHOOK`. Each notice is "
        "posted there. Null: no Slack messages."
    )
    webhook_endpoint: str | None = strawberry.field(
        description="The slug of the webhook endpoint that gets each notice as a message `notice.raised`. Null for none."
    )
    pauses_failing_workflows: bool = strawberry.field(
        description="Whether a workflow pauses itself when at least 95 % of at least 20 runs failed within 24 hours."
    )
    digest_hour: int = strawberry.field(description="The hour of the daily digest, 0 to 23, in the tenant's time zone.")
    approval_minutes: int = strawberry.field(
        description="How many minutes an approval waits before a notice is sent. If half of its time is shorter, "
        "the notice is sent then."
    )
    revision: int = strawberry.field(description="A number that rises with each change. 0 for the default policy.")


def policy_shown(policy: NoticeSettings, revision: int) -> NoticePolicy:
    return NoticePolicy(
        kinds=[NoticeKind(kind) for kind in NOTIFIED_BY_DEFAULT if kind in policy.kinds],
        roles=[MemberRole(role) for role in policy.roles],
        emits_events=policy.emits,
        slack_webhook=policy.slack_webhook or None,
        webhook_endpoint=policy.webhook_endpoint or None,
        pauses_failing_workflows=policy.pauses,
        digest_hour=policy.digest_hour,
        approval_minutes=policy.approval_minutes,
        revision=revision,
    )
