"""Converts rows of the event log to items of eventFeed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from automate.events.feed_queries import EventLogRow
from automate.events.queries import EventRow, source_ids_of
from automate.kernel.feed_log_queries import Position
from graphql_schema.connections import space_of
from graphql_schema.events.feed.types import EventFeedFilter, EventReceived
from graphql_schema.events.types import event_of
from graphql_schema.feeds.types import FeedCheckpoint, FeedGap
from graphql_schema.payloads import PayloadBytes
from graphql_schema.planning import Selected


class EventFeedView:
    """Converts log rows to items for one subscription. Create this object in the tenant's scope."""

    def __init__(self, filter: EventFeedFilter | None, field: Selected) -> None:
        self.space = space_of("eventFeed")
        self.filter = filter or EventFeedFilter()
        self.types = frozenset(self.filter.types) if self.filter.types is not None else None
        self.field = field

    def cursor(self, position: Position) -> str:
        return self.space.seal_position(*position)

    def open(self, cursor: str) -> Position:
        """Decode a cursor and return its position in the log. Raises INVALID_CURSOR for an invalid cursor."""
        return self.space.open_position(cursor)

    def wanted(self, rows: Sequence[EventLogRow]) -> list[EventLogRow]:
        """Return the log rows that match the filter. Rows of removed events are left out."""
        sources = source_ids_of(self.filter.source) if self.filter.source is not None else None
        return [row for row in rows if row.event is not None and self._keeps(row.event, sources)]

    def _keeps(self, event: EventRow, sources: frozenset[object] | None) -> bool:
        return (
            (self.types is None or event.type in self.types)
            and (sources is None or event.source_id in sources)
            and (self.filter.subject is None or event.subject == self.filter.subject)
        )

    def items(self, rows: Sequence[EventLogRow], _near: None) -> list[EventReceived]:
        items = [
            EventReceived(cursor=self.cursor(row.position), event=event_of(row.event))
            for row in rows
            if row.event is not None
        ]
        # Each round of a feed may show as many payloads as one answer.
        replace(self.field.plan, payload_bytes=PayloadBytes()).fill(self.field.type, items, self.field.nodes)
        return items

    def checkpoint(self, position: Position) -> FeedCheckpoint:
        return FeedCheckpoint(cursor=self.cursor(position))

    def gap(self, before: Position, following: Position) -> FeedGap:
        return FeedGap(from_=self.cursor(before), to=self.cursor(following))
