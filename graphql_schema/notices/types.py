"""The types Notice and NoticePolicy."""

from __future__ import annotations

from dataclasses import replace

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
from graphql_schema.shaped import output_of, shown


@strawberry_django.type(models.Notice, description="A notice to people, by mail or as an event.")
class Notice(Node):
    kind: NoticeKind
    cause: strawberry.auto
    about: JSON
    state: NoticeState
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


@output_of(
    NoticeSettings,
    "Which notices the tenant's people get, and how.",
    nulls=("slack_webhook", "webhook_endpoint"),
    model=models.NoticePolicy,
)
class NoticePolicy:
    kinds: list[NoticeKind]
    roles: list[MemberRole]
    revision: strawberry.auto


def policy_shown(policy: NoticeSettings, revision: int) -> NoticePolicy:
    kinds = tuple(kind for kind in NOTIFIED_BY_DEFAULT if kind in policy.kinds)
    return shown(replace(policy, kinds=kinds), revision=revision)
