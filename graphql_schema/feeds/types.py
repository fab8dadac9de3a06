"""Items that every feed has."""

from __future__ import annotations

import strawberry

from graphql_schema.runs.feed.types import FeedGap

__all__ = ["CURSOR", "FeedCheckpoint", "FeedGap"]

CURSOR = "Pass it as `after` to continue after this item."


@strawberry.type(
    description="The subscriber has received every item before the cursor. The first item of a feed, and one each 15 seconds."
)
class FeedCheckpoint:
    cursor: str = strawberry.field(description=CURSOR)
