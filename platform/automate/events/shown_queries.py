"""Reads events as tuples of the wanted columns. Ids are text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from automate.events.list_queries import events_of
from automate.events.queries import EventsFilter
from automate.kernel.queries import ColumnSelection, Page, Slice, as_it_is
from automate.kernel.sql import fetch

EVENTS = "event AS e"
EVENT_ID = "e.id::text"
BY_ID = " WHERE e.id = %s"
JOIN_SOURCE = " LEFT JOIN source AS {new} ON {new}.id = {old}.source_id"
# The origin may be deleted before the event that was made from it.
JOIN_ORIGIN = " LEFT JOIN event AS {new} ON {new}.id = {old}.derived_from_id"


def events_shown(wanted: EventsFilter, columns: ColumnSelection, part: Slice) -> Page[Sequence[Any]]:
    """Return a page of events. Raises FILTER_TOO_BROAD."""
    return events_of(wanted, part, columns.of(EVENTS), as_it_is)


def event_shown(columns: ColumnSelection, event: uuid.UUID) -> list[tuple[Any, ...]]:
    """Return the event with this id, as a list with one row or none."""
    return fetch(columns.of(EVENTS) + BY_ID, [event])
