"""What a list of events is narrowed to."""

from __future__ import annotations

import strawberry

from automate.events.queries import EventsFilter


@strawberry.input
class EventFilter:
    types: list[str] | None = None
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    subject: str | None = None

    def rows(self) -> EventsFilter:
        return EventsFilter(
            types=tuple(self.types) if self.types is not None else None, source=self.source, subject=self.subject
        )
