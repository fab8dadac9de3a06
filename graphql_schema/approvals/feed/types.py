"""The items of an approval feed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from automate.kernel.choices import MemberRole
from automate.runs.choices import ApprovalState
from graphql_schema.approvals.types import Approval, ApprovalDecision
from graphql_schema.feeds.types import CURSOR, FeedCheckpoint, FeedGap

NOW = "The approval in its current state, which may be newer than this item."


@strawberry.type(description="A run asks people for a decision.")
class ApprovalRequested:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: datetime = strawberry.field(description="The time of the request.")
    approval: Approval = strawberry.field(description=NOW)


@strawberry.type(description="One person has decided. The end of the approval is an item of its own.")
class ApprovalDecided:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: datetime = strawberry.field(description="The time of the decision.")
    approval: Approval = strawberry.field(description=NOW)
    decision: ApprovalDecision = strawberry.field(description="The decision.")


@strawberry.type(
    description="An approval has ended because of its decisions, because it expired, or because its run ended."
)
class ApprovalEnded:
    cursor: str = strawberry.field(description=CURSOR)
    occurred_at: datetime = strawberry.field(description="The time at which the approval ended.")
    state: ApprovalState = strawberry.field(description="The final state.")
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
