"""The subscription runFeed. It delivers each transition of runs and steps once. Transitions of one run arrive in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.feed import channel
from automate.runs.feed_queries import RUN_LOG
from graphql_schema.context import Info
from graphql_schema.feeds.logs import Feed, requested
from graphql_schema.permissions import Requires
from graphql_schema.runs.feed.types import RunFeedItem
from graphql_schema.runs.feed.view import RunsOfPage, run_view
from graphql_schema.runs.filters import RunFeedFilter


@strawberry.type
class FeedSubscription:
    @strawberry.subscription(
        extensions=[Requires(VIEW_RUNS)],
        description="Transitions of runs and steps as they are committed. `after` is the cursor to continue from. "
        "Null starts now.",
    )
    def run_feed(
        self,
        info: Info,
        after: str | None = None,
        filter: RunFeedFilter | None = None,
    ) -> AsyncGenerator[RunFeedItem, None]:
        feed = Feed(RUN_LOG, channel, RunsOfPage, partial(run_view, filter))
        return requested(info, feed, after)
