"""What a list of events is narrowed to."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.events.queries import EventsFilter


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
