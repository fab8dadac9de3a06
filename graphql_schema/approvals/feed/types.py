"""The items of an approval feed."""

from __future__ import annotations

from typing import Annotated

import strawberry
import strawberry_django

from automate.kernel.choices import MemberRole
from automate.runs import models
from automate.runs.choices import ApprovalState
from graphql_schema.approvals.types import Approval, ApprovalDecision
from graphql_schema.feeds.types import CURSOR, FeedCheckpoint, FeedGap

NOW = "The approval in its current state, which may be newer than this item."


@strawberry_django.type(models.ApprovalLogEntry, description="A run asks people for a decision.")
class ApprovalRequested:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: strawberry.auto
    approval: Approval = strawberry.field(description=NOW)


@strawberry_django.type(
    models.ApprovalLogEntry, description="One person has decided. A separate item shows the end of the approval."
)
class ApprovalDecided:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: strawberry.auto
    approval: Approval = strawberry.field(description=NOW)
    decision: ApprovalDecision = strawberry.field(description="The decision.")


@strawberry_django.type(
    models.ApprovalLogEntry,
    description="An approval has ended because of its decisions, because it expired, or because its run ended.",
)
class ApprovalEnded:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: strawberry.auto
    state: ApprovalState
    approval: Approval = strawberry.field(description=NOW)


ApprovalFeedItem = Annotated[
    ApprovalRequested | ApprovalDecided | ApprovalEnded | FeedCheckpoint | FeedGap,
    strawberry.union("ApprovalFeedItem", description="One item of approvalFeed."),
]


@strawberry.input(description="An item must match all given fields.")
class ApprovalFeedFilter:
    roles: list[MemberRole] | None = strawberry.field(
        default=None, description="Approvals that members of any of these roles may decide."
    )
    runs: list[strawberry.ID] | None = strawberry.field(default=None, description="Approvals of any of these runs.")
