"""Reads backtests, the samples of backtests, and the events of these samples."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.events.queries import SEEN_BY_RULES, EventsFilter, conditions_of
from automate.events.records import HEAD, EventRecord, record_of
from automate.kernel.filters import restored
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, parameters, rows_by_id, where
from automate.kernel.sql import fetch
from automate.rules.backtests.comparing import BacktestCondition
from automate.rules.backtests.states import RUNNING

# Serialises the start of backtests with others and with changes of rules, so that two do not take the last free place.
LOCK_STARTS = "SELECT 1 FROM rule_set WHERE id = 1 FOR UPDATE"
# The number of rows before the place, the last row, and how many are visible to rules and fit. Reads a limited number.
COUNT = """
WITH seen AS MATERIALIZED (
    SELECT id, source_id, type, subject, idempotency_key, derived_from_id, received_at FROM event
    WHERE id < %s AND id >= %s ORDER BY id DESC LIMIT %s
)
SELECT (SELECT count(*) FROM seen), (SELECT id FROM seen ORDER BY id LIMIT 1), count(*) FROM seen AS e"""
# The next events that are visible to rules and fit, newest first, without payloads; and how many rows were read.
NEXT = f"""
WITH seen AS MATERIALIZED (
    SELECT * FROM event WHERE id < %s AND id >= %s ORDER BY id DESC LIMIT %s
), looked AS (
    SELECT (SELECT count(*) FROM seen) AS rows, (SELECT id FROM seen ORDER BY id LIMIT 1) AS last
)
SELECT looked.rows, looked.last, e.payload_bytes, {HEAD}, NULL
FROM looked LEFT JOIN (seen AS e LEFT JOIN source s ON s.id = e.source_id) ON """
NEXT_ORDER = " ORDER BY e.id DESC LIMIT %s"


@dataclass(frozen=True)
class BacktestRow:
    """A backtest."""

    id: uuid.UUID
    state: str
    rule_id: uuid.UUID | None
    wanted: EventsFilter
    most: int
    floor_id: uuid.UUID
    count_id: uuid.UUID
    cursor_id: uuid.UUID
    found: int
    total: int | None
    """None while events are counted."""
    older: bool
    tested: int
    erased: int
    tally: dict[str, dict[str, int]]
    error: dict[str, JsonValue] | None
    """The reason why the backtest ended early; else None."""
    started_by: str
    trace_id: str
    created_at: datetime
    finished_at: datetime | None
    draft: BacktestCondition = field(kw_only=True)
    """The condition that is tested."""
    live: BacktestCondition | None = field(kw_only=True)
    """The live rule's condition; None without a live rule."""

    @property
    def running(self) -> bool:
        return self.state == RUNNING


_own = RowReader(
    BacktestRow,
    "b",
    {"wanted": "b.wanted::text", "tally": "b.tally::text", "error": "b.error::text"},
    wanted=lambda text: restored(EventsFilter, orjson.loads(text)),
    tally=orjson.loads,
    error=orjson.loads,
)
# A page of backtests, or backtests by id.
SELECT_BACKTESTS = (
    f'SELECT {_own.columns}, b."when"::text, b.anchor, b.live_when::text, b.live_anchor FROM backtest AS b'
)


def backtest_row(row: TupleRow) -> BacktestRow:
    *own, when, anchor, live_when, live_anchor = row
    live = None if live_when is None else BacktestCondition(live_when, live_anchor)
    return _own(own, draft=BacktestCondition(when, anchor), live=live)


@dataclass(frozen=True)
class SampleRow:
    backtest_id: uuid.UUID
    event_id: uuid.UUID
    difference: str
    verdict: str
    live_verdict: str
    reason: str
    path: list[str]


@dataclass(frozen=True)
class Head:
    """An event that was read without its payload, and the size of this payload in bytes."""

    event: EventRecord
    payload_bytes: int


_sample_row = RowReader(
    SampleRow, "s", {"path": "s.path::text"}, path=lambda text: [str(part) for part in orjson.loads(text)]
)
# The samples of backtests, in the order in which they were stored.
SELECT_SAMPLES = f"SELECT {_sample_row.columns} FROM backtest_sample AS s WHERE s.backtest_id = ANY (%s) ORDER BY s.id"


def backtests_page(part: Slice) -> Page[BacktestRow]:
    return page_of(SELECT_BACKTESTS, "b.id", part, (), backtest_row)


def count_backtests() -> int:
    return count_of("backtest AS b", ())


def backtests_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, BacktestRow]:
    return rows_by_id(backtest_row, SELECT_BACKTESTS + " WHERE b.id = ANY(%s)", ids)


def samples_of(backtests: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[SampleRow]]:
    """Return the samples of each backtest, in the order in which they were stored."""
    found: dict[uuid.UUID, list[SampleRow]] = {backtest: [] for backtest in backtests}
    for row in map(_sample_row, fetch(SELECT_SAMPLES, [list(found)])):
        found[row.backtest_id].append(row)
    return found


def count_running() -> int:
    """Return how many backtests are running, and lock the start of backtests.

    Until this transaction ends, no other transaction can start a backtest.
    """
    fetch(LOCK_STARTS)
    return count_of("backtest AS b", [Condition("b.state = %s", (RUNNING,))])


@dataclass(frozen=True)
class ReadRows:
    """The range of event rows that one statement has read, in descending order of id."""

    last: uuid.UUID | None
    """The last row; None without rows."""
    whole: bool
    """Whether no row is left below the last row."""


def count_next(wanted: EventsFilter, below: uuid.UUID, floor: uuid.UUID, rows: int) -> tuple[ReadRows, int]:
    conditions = [*conditions_of(wanted), SEEN_BY_RULES]
    values = [below, floor, rows, *parameters(conditions)]
    ((looked, last, fitting),) = fetch(COUNT + where(conditions), values)
    return ReadRows(last, looked < rows), fitting


def next_heads(
    wanted: EventsFilter, below: uuid.UUID, floor: uuid.UUID, rows: int, most: int
) -> tuple[ReadRows, list[Head]]:
    conditions = [*conditions_of(wanted), SEEN_BY_RULES]
    statement = NEXT + where(conditions).removeprefix(" WHERE ") + NEXT_ORDER
    found = fetch(statement, [below, floor, rows, *parameters(conditions), most])
    ((looked, last, *_), *_) = found
    heads = [Head(record_of(columns), size) for _, _, size, *columns in found if size is not None]
    if len(heads) == most:
        return ReadRows(heads[-1].event.id, whole=False), heads
    return ReadRows(last, looked < rows), heads
