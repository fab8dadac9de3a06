"""The filter of a list of events."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.events.event_types.search_keys import line_of
from automate.events.queries import EventsFilter
from automate.kernel.json_values import JsonValue
from graphql_schema.ids import global_id, global_row_id_of
from graphql_schema.json_text import present


@strawberry.input(description="A value of a search key; see `EventType.searchKeys`.")
class SearchKeyFilter:
    name: str = strawberry.field(description="The key, such as `order`.")
    value: str = strawberry.field(description="The value as text. Write a number or boolean as in JSON: `4711`.")


def search_of(keys: list[SearchKeyFilter] | None) -> tuple[str, ...] | None:
    """Convert the search keys of a GraphQL filter to the form that the database query uses."""
    return None if keys is None else tuple(line_of(key.name, key.value) for key in keys)


def search_shown(search: tuple[str, ...] | None) -> list[JsonValue] | None:
    """Convert the search keys of a database query back to the form of a GraphQL filter."""
    if search is None:
        return None
    return [dict(zip(("name", "value"), one.split("\n", 1), strict=True)) for one in search]


@strawberry.input(
    description="An event must match all given fields. A page reads at most 20,000 index rows, and so does totalCount. "
    "Beyond that, the error is FILTER_TOO_BROAD."
)
class EventFilter:
    types: list[str] | None = strawberry.field(default=None, description="Any of these types.")
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    subject: str | None = strawberry.field(default=None, description="The exact subject.")
    trace_id: str | None = strawberry.field(default=None, description="The W3C trace id, 32 hexadecimal digits.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The exact idempotency key, of any source."
    )
    search_keys: list[SearchKeyFilter] | None = strawberry.field(
        default=None, description="Values of search keys. An event must have all of these values."
    )
    has_schema_problems: bool | None = strawberry.field(
        default=None,
        description="Whether the payload failed to match the schema of its type when the event was received.",
    )
    waits_for_budget: bool | None = strawberry.field(
        default=None, description="Whether the event waits for a budget of EVENTS: see `Event.waitingFor`."
    )
    rule: str | None = strawberry.field(default=None, description="The slug or id of a rule that matched the event.")
    received_from: datetime | None = strawberry.field(default=None, description="Received at this time or later.")
    received_before: datetime | None = strawberry.field(default=None, description="Received before this time.")

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
            delayed=self.waits_for_budget,
        )

    @staticmethod
    def shown(rows: EventsFilter) -> dict[str, JsonValue]:
        """Convert the filter of a database query back to the input that a client would send."""
        return present(
            types=list(rows.types) if rows.types is not None else None,
            source=rows.source,
            subject=rows.subject,
            traceId=rows.trace_id,
            idempotencyKey=rows.idempotency_key,
            searchKeys=search_shown(rows.search),
            hasSchemaProblems=rows.mismatched,
            waitsForBudget=rows.delayed,
            rule=rows.rule if rows.rule_id is None else global_id("RuleSpec", rows.rule_id),
            receivedFrom=rows.since,
            receivedBefore=rows.until,
        )
