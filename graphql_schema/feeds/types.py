"""The items that all feeds have."""

from __future__ import annotations

import strawberry

from graphql_schema.runs.feed.types import FeedGap

__all__ = ["CURSOR", "FeedCheckpoint", "FeedGap"]

CURSOR = "Pass it as `after` to continue after this item."


@strawberry.type(
    description="The subscriber has received every item before the cursor. Sent first in a feed, and every 15 seconds."
)
class FeedCheckpoint:
    cursor: str = strawberry.field(description=CURSOR)
