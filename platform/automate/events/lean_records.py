"""Reads events without their large payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from automate.events.payload_queries import payload_of
from automate.events.records import HEAD, EventRecord, record_of
from automate.kernel.large import EVENT_BYTES, EVENT_WEIGHT, WRITE_BYTES, Large, weight_of
from automate.kernel.rows import DatabaseValue

LEAN_COLUMNS = f"""{HEAD},
CASE WHEN octet_length(p.body) <= {EVENT_BYTES} AND sum(octet_length(p.body)) OVER (ORDER BY e.id) <= {WRITE_BYTES} THEN p.body END,
octet_length(p.body)"""
"""COLUMNS and the size of the body. A body is left out if it is large, or exceeds the limit of one statement."""


def lean_record_of(columns: Sequence[DatabaseValue]) -> EventRecord:
    """Make an event record from a row with the columns of LEAN_COLUMNS."""
    *rest, size = columns
    record = record_of(rest)
    if size is None:
        return record
    if record.body is None or weight_of(record.body) > EVENT_WEIGHT:
        return replace(record, body=None, large=Large(size, payload_of(record.id)))
    return record
