"""Reads lists of events, newest first. Each page reads a limited number of index entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.budgets.delayed.transitions import IN_QUEUE
from automate.budgets.kinds import EVENTS as BUDGETED
from automate.events.event_types.search_keys import digest_of_line
from automate.events.feed_queries import EVENT_LOG
from automate.events.queries import RULE_OF_SLUG, SELECT_EVENTS, EventRow, EventsFilter, conditions_of, event_row
from automate.kernel.committed_queries import CommittedSelection, Followed
from automate.kernel.ids import ids_around
from automate.kernel.queries import Condition, Page, Slice, count_of, page_of
from automate.kernel.range_queries import (
    HIGHEST,
    LOWEST,
    MOST_ROWS,
    Narrowed,
    Place,
    Ranges,
    narrowed_count,
    narrowed_page,
)

T = TypeVar("T")
EVENTS = Followed(EVENT_LOG, "event_id")
ADVICE = "traceId, idempotencyKey, searchKeys, rule, types with source, or a shorter time between receivedFrom and receivedBefore"
_TIMES = {"since": None, "until": None}


def events_page(wanted: EventsFilter, part: Slice) -> Page[EventRow]:
    """Return a page of events. Raises FILTER_TOO_BROAD."""
    return events_of(wanted, part, SELECT_EVENTS, event_row)


def events_of(wanted: EventsFilter, part: Slice, select: str, make: Callable[[TupleRow], T]) -> Page[T]:
    """Return a page of events. ``select`` is the SQL, and ``make`` converts a row. Raises FILTER_TOO_BROAD."""
    lists = _lists(wanted)
    if not lists:
        return page_of(select, "e.id", part, conditions_of(wanted), make)
    return narrowed_page(lists, select, part, make, ADVICE)


def count_events(wanted: EventsFilter) -> int:
    """Count events. If there are more than EXACT_COUNT events, return EXACT_COUNT + 1.

    Raises FILTER_TOO_BROAD if no index counts the events.
    """
    lists = _lists(wanted)
    return narrowed_count(lists, ADVICE) if lists else count_of("event AS e", conditions_of(wanted))


def _lists(wanted: EventsFilter) -> list[Narrowed]:
    # The most selective first. Empty if the filter has only times.
    found = list(_ranges(wanted))
    if not found and wanted != EventsFilter(since=wanted.since, until=wanted.until):
        found = [(Ranges("(SELECT) AS d", (), "", "event AS e", ("e.id",)), wanted)]
    return [
        Narrowed(
            "e",
            ranges,
            _bounds(wanted),
            _within(wanted),
            conditions_of(replace(rest, **_TIMES)),
            max(1, MOST_ROWS // len(found) // (ranges.each + _probes(rest))),
        )
        for ranges, rest in found
    ]


def _probes(rest: EventsFilter) -> int:
    # The number of index rows that one check reads.
    return len(rest.search or ()) + (rest.rule is not None) + (rest.rule_id is not None) + (rest.delayed is not None)


def _ranges(wanted: EventsFilter) -> Iterator[tuple[Ranges, EventsFilter]]:
    # Each with the conditions that the index does not check.
    for line in wanted.search or ():
        others = tuple(other for other in wanted.search or () if other != line)
        digest = digest_of_line(line)
        index, sql = ("k.digest", "k.event_id"), "(SELECT %s::uuid AS digest) AS d"
        found = Ranges(sql, (digest,), "d.digest", "event_search AS k", index, each=2, joined="event")
        yield found, replace(wanted, search=others or None)
    if wanted.trace_id is not None:
        yield _of_column("trace_id", wanted.trace_id), replace(wanted, trace_id=None)
    if wanted.idempotency_key is not None:
        found = _of_column("idempotency_key", wanted.idempotency_key, "e.idempotency_key <> ''")
        yield found, replace(wanted, idempotency_key=None)
    if wanted.delayed:
        yield _in_queue(), replace(wanted, delayed=None)
    if wanted.subject is not None:
        yield _of_column("subject", wanted.subject, "e.subject <> ''"), replace(wanted, subject=None)
    if wanted.rule_id is not None:
        yield _of_rule("%s::uuid", wanted.rule_id), replace(wanted, rule_id=None)
    if wanted.rule is not None:
        yield _of_rule(RULE_OF_SLUG, wanted.rule), replace(wanted, rule=None)
    if wanted.types is not None or wanted.source is not None:
        yield _of_kind(wanted), replace(wanted, types=None, source=None)
    if wanted.mismatched:
        found = Ranges("(SELECT) AS d", (), "", "event AS e", ("e.id",), also="e.schema_problems IS NOT NULL")
        yield found, replace(wanted, mismatched=None)


def _of_column(column: str, value: str, also: str = "") -> Ranges:
    columns = (f"e.{column}", "e.id")
    return Ranges("(SELECT %s::text AS value) AS d", (value,), "d.value", "event AS e", columns, also=also)


def _of_rule(rule: str, value: object) -> Ranges:
    # After a replay an event may have several matches.
    index, sql = ("m.rule_id", "m.event_id"), f"(SELECT {rule}) AS d (value)"
    matched = "m.verdict = 'matched'"
    return Ranges(sql, (value,), "d.value", "decision AS m", index, also=matched, each=2, joined="event", once=True)


def _in_queue() -> Ranges:
    index, sql = ("j.parked", "j.id"), f"(SELECT '{BUDGETED}'::text AS value) AS d"
    return Ranges(sql, (), "d.value", "public.outbox_job AS j", index, also=IN_QUEUE, each=2, joined="event")


def _of_kind(wanted: EventsFilter) -> Ranges:
    # Each pair of a type and a source is a range.
    sources, slugs = ("source", ()) if wanted.source is None else ("source WHERE slug = %s", (wanted.source,))
    if wanted.types is None:
        columns: tuple[str, ...] = ("e.source_id", "e.id")
        sql = f"(SELECT id AS source_id FROM {sources}) AS d"
        return Ranges(sql, slugs, "d.source_id", "event AS e", columns, several=True)
    columns = ("e.type", "e.source_id", "e.id")
    sql = f"(SELECT type, s.id AS source_id FROM unnest(%s::text[]) AS type CROSS JOIN (SELECT id FROM {sources}) AS s) AS d"
    types = sorted(set(wanted.types))
    return Ranges(sql, (types, *slugs), "d.type, d.source_id", "event AS e", columns, several=True)


def _within(wanted: EventsFilter) -> list[Condition]:
    # With coalesce(), PostgreSQL expects every second row. Without it, PostgreSQL expects almost no row, and chooses a plan
    # that reads and sorts all rows.
    conditions = []
    if wanted.since is not None:
        conditions.append(Condition("coalesce(e.received_at >= %s, false)", (wanted.since,)))
    if wanted.until is not None:
        conditions.append(Condition("coalesce(e.received_at < %s, false)", (wanted.until,)))
    return conditions


def _bounds(wanted: EventsFilter) -> tuple[Place, Place]:
    # Both exclusive, computed from the times of receipt.
    lower = LOWEST if wanted.since is None else ids_around(wanted.since)[0]
    upper = HIGHEST if wanted.until is None else ids_around(wanted.until)[1]
    return (lower,), (upper,)


def followed_events(wanted: EventsFilter) -> CommittedSelection[EventRow]:
    """Return a selection of the events that match a filter. A client can follow the selection in the order of commits."""
    return CommittedSelection(SELECT_EVENTS, "e.id", conditions_of(wanted), event_row)
