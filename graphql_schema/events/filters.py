"""What a list of events is narrowed to."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.events.queries import EventsFilter
from automate.kernel.errors import Json
from graphql_schema.json_text import present


@strawberry.input
class EventFilter:
    types: list[str] | None = None
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    subject: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None

    def rows(self) -> EventsFilter:
        return EventsFilter(
            types=tuple(self.types) if self.types is not None else None,
            source=self.source,
            subject=self.subject,
            since=self.received_from,
            until=self.received_before,
        )

    @staticmethod
    def shown(rows: EventsFilter) -> dict[str, Json]:
        """What ``rows`` came from, as a client would send it again."""
        return present(
            types=list(rows.types) if rows.types is not None else None,
            source=rows.source,
            subject=rows.subject,
            receivedFrom=rows.since,
            receivedBefore=rows.until,
        )
