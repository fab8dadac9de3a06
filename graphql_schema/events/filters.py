"""The filter of a list of events."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.events.event_types.search_keys import line_of
from automate.events.queries import EventsFilter
from automate.kernel.errors import Json
from graphql_schema.ids import global_id, global_row_id_of
from graphql_schema.json_text import present


@strawberry.input(description="A value of a search key, see `EventType.searchKeys`.")
class SearchKeyFilter:
    name: str = strawberry.field(description="The key, such as `order`.")
    value: str = strawberry.field(description="The value. A number or boolean is written as JSON has it: `4711`.")


def search_of(keys: list[SearchKeyFilter] | None) -> tuple[str, ...] | None:
    """Convert the requested search keys to the form of a filter of rows."""
    return None if keys is None else tuple(line_of(key.name, key.value) for key in keys)


def search_shown(search: tuple[str, ...] | None) -> list[Json] | None:
    """Convert a filter's search keys back to the input. The inverse of ``search_of``."""
    if search is None:
        return None
    return [dict(zip(("name", "value"), one.split("\n", 1), strict=True)) for one in search]


@strawberry.input(
    description="An event must match all given fields. A page reads at most 20,000 index rows: see FILTER_TOO_BROAD."
)
class EventFilter:
    types: list[str] | None = strawberry.field(default=None, description="Any of these types.")
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    subject: str | None = strawberry.field(default=None, description="The whole subject.")
    trace_id: str | None = strawberry.field(default=None, description="The W3C trace id, 32 hexadecimal digits.")
    idempotency_key: str | None = strawberry.field(default=None, description="The whole key, of any source.")
    search_keys: list[SearchKeyFilter] | None = strawberry.field(
        default=None, description="Values of search keys. The event has all of them."
    )
    has_schema_problems: bool | None = strawberry.field(
        default=None, description="Whether the payload had problems with the schema of its type when the event came."
    )
    rule: str | None = strawberry.field(default=None, description="The slug or id of a rule that matched the event.")
    received_from: datetime | None = strawberry.field(default=None, description="The earliest time of receipt.")
    received_before: datetime | None = strawberry.field(default=None, description="The time after the latest receipt.")

    def rows(self) -> EventsFilter:
        rule_id = global_row_id_of(self.rule, "RuleSpec") if self.rule is not None else None
        return EventsFilter(
            rule=self.rule if rule_id is None else None,
            rule_id=rule_id,
            types=tuple(self.types) if self.types is not None else None,
            source=self.source,
            subject=self.subject,
            since=self.received_from,
            until=self.received_before,
            trace_id=self.trace_id,
            idempotency_key=self.idempotency_key,
            search=search_of(self.search_keys),
            mismatched=self.has_schema_problems,
        )

    @staticmethod
    def shown(rows: EventsFilter) -> dict[str, Json]:
        """Convert the filter of rows back to the input, as a client would send it."""
        return present(
            types=list(rows.types) if rows.types is not None else None,
            source=rows.source,
            subject=rows.subject,
            traceId=rows.trace_id,
            idempotencyKey=rows.idempotency_key,
            searchKeys=search_shown(rows.search),
            hasSchemaProblems=rows.mismatched,
            rule=rows.rule if rows.rule_id is None else global_id("RuleSpec", rows.rule_id),
            receivedFrom=rows.since,
            receivedBefore=rows.until,
        )
