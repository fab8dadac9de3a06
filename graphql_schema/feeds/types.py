"""The types of items that occur in every feed: checkpoints and gaps."""

from __future__ import annotations

import strawberry

from graphql_schema.runs.feed.types import FeedGap

__all__ = ["CURSOR", "FeedCheckpoint", "FeedGap"]

CURSOR = "The position of the item. Pass it as `after` to continue with the next item."


@strawberry.type(
    description="A checkpoint: the subscriber has received every item before the cursor. It is sent first in a "
    "feed, and then every 15 seconds."
)
class FeedCheckpoint:
    cursor: str = strawberry.field(description=CURSOR)
