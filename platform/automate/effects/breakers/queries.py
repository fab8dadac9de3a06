"""Circuit breakers, as the API shows them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.effects.states import BREAKER_CLOSED, BREAKER_OPEN
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import fetch

TABLES = "circuit_breaker AS b"


@dataclass(frozen=True)
class BreakerRow:
    """One breaker."""

    id: uuid.UUID
    connector: str
    target: str
    state: str
    forced: str
    calls: int
    failures: int
    window_started: datetime
    probe_at: datetime | None
    """The time from which the next probe may leave. While ``half_open``, it is the deadline of the current probe."""
    code: str
    changed_at: datetime


_row = RowReader(BreakerRow, "b", {"calls": "greatest(b.calls, b.failures + coalesce(b.well, 0))"})
SELECT = f"SELECT {_row.columns} FROM {TABLES}"


def breakers_page(part: Slice, *, holding: bool | None) -> Page[BreakerRow]:
    """List breakers, newest first.

    ``holding`` is True for breakers that delay calls, False for the other breakers, and None for all breakers.
    """
    return page_of(SELECT, "b.id", part, _conditions(holding), _row)


def count_breakers(*, holding: bool | None) -> int:
    return count_of(TABLES, _conditions(holding))


def _conditions(holding: bool | None) -> list[Condition]:  # noqa: FBT001 - as it comes
    if holding is None:
        return []
    holds = f"(b.state <> '{BREAKER_CLOSED}' OR b.forced = '{BREAKER_OPEN}')"
    return [Condition(holds if holding else f"NOT {holds}", ())]


def breakers_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, BreakerRow]:
    return rows_by_id(_row, SELECT + " WHERE b.id = ANY (%s)", ids)


def breaker_of(connector: str, target: str) -> BreakerRow | None:
    rows = fetch(SELECT + " WHERE b.connector = %s AND b.target = %s", [connector, target])
    return _row(rows[0]) if rows else None
