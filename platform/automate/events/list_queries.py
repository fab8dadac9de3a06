"""Lists of events by type and by source, newest first: each page reads a bounded number of index entries.

A list of several types or sources merges one page of each. A row comparison over all columns of an index makes PostgreSQL read
that index and no other: with ``type = ANY(…) ORDER BY id`` it reads the whole table backwards where it expects to meet
such events soon.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.events.feed_queries import EVENT_LOG
from automate.events.queries import EVENT_COLUMNS, SELECT_EVENTS, EventRow, EventsFilter, conditions_of, event_row
from automate.kernel.committed_queries import Followed, Selection
from automate.kernel.ids import ids_around
from automate.kernel.queries import EXACT_COUNT, Condition, Page, Slice, count_of, cut, page_of, parameters
from automate.kernel.sql import fetch

LOWEST, HIGHEST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)


@dataclass(frozen=True)
class _Leads:
    """The types and sources of a list. sql: a FROM item for each pair. index: the columns before the id. values: theirs."""

    sql: str
    parameters: tuple[object, ...]
    index: str
    values: str


def events_page(wanted: EventsFilter, part: Slice) -> Page[EventRow]:
    leads = _leads_of(wanted)
    if leads is None:
        return page_of(SELECT_EVENTS, "e.id", part, conditions_of(wanted), event_row)
    order = "DESC" if part.forward else "ASC"
    inner, values = _found(leads, wanted, part, order, part.limit + 1)
    statement = (
        f"SELECT {EVENT_COLUMNS} FROM (SELECT found.id FROM {leads.sql} CROSS JOIN LATERAL ({inner}) AS found"
        f" ORDER BY found.id {order} LIMIT {part.limit + 1}) AS page JOIN event AS e ON e.id = page.id ORDER BY e.id {order}"
    )
    rows = fetch(statement, [*leads.parameters, *values])
    return cut([event_row(row) for row in rows], part)


def count_events(wanted: EventsFilter) -> int:
    """Exact up to EXACT_COUNT, then one more."""
    leads = _leads_of(wanted)
    if leads is None:
        return count_of("event AS e", conditions_of(wanted))
    inner, values = _found(leads, wanted, Slice(0), "DESC", EXACT_COUNT + 1)
    statement = (
        f"SELECT count(*) FROM (SELECT 1 FROM {leads.sql} CROSS JOIN LATERAL ({inner}) AS found"
        f" LIMIT {EXACT_COUNT + 1}) AS counted"
    )
    ((count,),) = fetch(statement, [*leads.parameters, *values])
    return int(count)


def _leads_of(wanted: EventsFilter) -> _Leads | None:
    """None: the list is narrowed by neither."""
    if wanted.types is None and wanted.source is None:
        return None
    sources = "(SELECT id FROM source WHERE slug = %s) AS s" if wanted.source is not None else "source AS s"
    slugs = (wanted.source,) if wanted.source is not None else ()
    if wanted.types is None:
        return _Leads(sources, slugs, "e.source_id", "s.id")
    types = sorted(set(wanted.types))
    sql = f"unnest(%s::text[]) AS t (type) CROSS JOIN {sources}"
    return _Leads(sql, (types, *slugs), "e.type, e.source_id", "t.type, s.id")


def _found(leads: _Leads, wanted: EventsFilter, part: Slice, order: str, limit: int) -> tuple[str, Sequence[object]]:
    """The newest or oldest ids of one type and source, from their index.

    The limit is part of the text: a plan that is kept for all parameters would expect a tenth of the table. Within coalesce()
    a time is expected to fit every second row: else such a plan expects next to none, and reads and sorts them all.
    """
    above, below = _bounds(wanted, part)
    rest = conditions_of(EventsFilter(subject=wanted.subject))
    if wanted.since is not None:
        rest.append(Condition("coalesce(e.received_at >= %s, false)", (wanted.since,)))
    if wanted.until is not None:
        rest.append(Condition("coalesce(e.received_at < %s, false)", (wanted.until,)))
    conditions = [
        Condition(f"({leads.index}, e.id) > ({leads.values}, %s)", (above,)),
        Condition(f"({leads.index}, e.id) < ({leads.values}, %s)", (below,)),
        *rest,
    ]
    columns = ", ".join(f"{name} {order}" for name in [*leads.index.split(", "), "e.id"])
    conditions_sql = " AND ".join(condition.sql for condition in conditions)
    statement = f"SELECT e.id FROM event AS e WHERE {conditions_sql} ORDER BY {columns} LIMIT {limit:d}"
    return statement, parameters(conditions)


def _bounds(wanted: EventsFilter, part: Slice) -> tuple[uuid.UUID, uuid.UUID]:
    """The ids between which the page lies, both excluded: from its cursors and the times of receipt."""
    lower = [LOWEST, *(key for key in [part.before] if isinstance(key, uuid.UUID))]
    upper = [HIGHEST, *(key for key in [part.after] if isinstance(key, uuid.UUID))]
    if wanted.since is not None:
        lower.append(ids_around(wanted.since)[0])
    if wanted.until is not None:
        upper.append(ids_around(wanted.until)[1])
    return max(lower), min(upper)


EVENTS = Followed(EVENT_LOG, "event_id")


def followed_events(wanted: EventsFilter) -> Selection[EventRow]:
    """The events that a client follows, for ``automate.kernel.committed_queries``."""
    return Selection(SELECT_EVENTS, "e.id", conditions_of(wanted), event_row)
