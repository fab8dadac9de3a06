"""Reads events. Each event is a tuple of the columns that the caller wants. Ids are text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.events.list_queries import events_of
from automate.events.queries import EventsFilter
from automate.kernel.queries import ColumnSelection, Page, Slice, as_it_is
from automate.kernel.rows import DatabaseRow
from automate.kernel.sql import fetch

EVENTS = "event AS e"
EVENT_ID = "e.id::text"
BY_ID = " WHERE e.id = %s"
JOIN_SOURCE = " LEFT JOIN source AS {new} ON {new}.id = {old}.source_id"
# The origin may be deleted before the event that was made from it.
JOIN_ORIGIN = " LEFT JOIN event AS {new} ON {new}.id = {old}.derived_from_id"


def events_shown(wanted: EventsFilter, columns: ColumnSelection, part: Slice) -> Page[DatabaseRow]:
    """Return a page of events. Raises FILTER_TOO_BROAD if the page would read too many rows."""
    return events_of(wanted, part, columns.of(EVENTS), as_it_is)


def event_shown(columns: ColumnSelection, event: uuid.UUID) -> Sequence[DatabaseRow]:
    """Return a list with the row of this event. The list is empty if no event has the id."""
    return fetch(columns.of(EVENTS) + BY_ID, [event])
