"""The subscription eventFeed. It delivers each accepted event once, in the order of commits."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import strawberry

from automate.events.feed import channel
from automate.events.feed_queries import EVENT_LOG
from automate.kernel.permissions import VIEW_EVENTS
from graphql_schema.context import Info
from graphql_schema.events.feed.types import EventFeedFilter, EventFeedItem
from graphql_schema.events.feed.view import EventFeedView
from graphql_schema.feeds.logs import Feed, requested
from graphql_schema.permissions import Requires


@strawberry.type
class EventFeedSubscription:
    @strawberry.subscription(
        extensions=[Requires(VIEW_EVENTS)],
        description="Events as they are committed. `after` is the cursor to continue from. Null starts now.",
    )
    def event_feed(
        self,
        info: Info,
        after: str | None = None,
        filter: EventFeedFilter | None = None,
    ) -> AsyncGenerator[EventFeedItem, None]:
        feed = Feed(EVENT_LOG, channel, near=lambda _rows: None, view=partial(EventFeedView, filter))
        return requested(info, feed, after)
