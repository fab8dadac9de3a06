"""The subscription approvalFeed. It delivers each change of an approval once, in the order of commits."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import strawberry

from automate.approvals.feed_queries import APPROVAL_LOG
from automate.kernel.permissions import VIEW_RUNS
from automate.runs.feed import channel
from graphql_schema.approvals.feed.types import ApprovalFeedFilter, ApprovalFeedItem
from graphql_schema.approvals.feed.view import ApprovalFeedView, near
from graphql_schema.context import Info
from graphql_schema.feeds.logs import Feed, requested
from graphql_schema.permissions import Requires


@strawberry.type
class ApprovalFeedSubscription:
    @strawberry.subscription(
        extensions=[Requires(VIEW_RUNS)],
        description="Approvals as they are requested, decided and ended. `after` is the cursor to continue from. "
        "Null starts now.",
    )
    def approval_feed(
        self,
        info: Info,
        after: str | None = None,
        filter: ApprovalFeedFilter | None = None,
    ) -> AsyncGenerator[ApprovalFeedItem, None]:
        feed = Feed(APPROVAL_LOG, channel, near=near, view=partial(ApprovalFeedView, filter))
        return requested(info, feed, after)
