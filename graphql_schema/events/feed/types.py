"""The items of an event feed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graphql_schema.events.types import Event
from graphql_schema.feeds.types import CURSOR, FeedCheckpoint, FeedGap


@strawberry.type(description="An event was accepted and committed.")
class EventReceived:
    cursor: str = strawberry.field(description=CURSOR)
    event: Event = strawberry.field(description="The event.")


EventFeedItem = Annotated[
    EventReceived | FeedCheckpoint | FeedGap, strawberry.union("EventFeedItem", description="One item of eventFeed.")
]


@strawberry.input(description="An item must match all given fields.")
class EventFeedFilter:
    types: list[str] | None = strawberry.field(default=None, description="Any of these types.")
    source: str | None = strawberry.field(
        default=None, description="The source's slug. It is possible that the source does not exist yet."
    )
    subject: str | None = strawberry.field(default=None, description="The exact subject.")
