"""The steps of a sweep. A step removes one batch of rows in one small transaction."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg.rows import TupleRow

from automate.kernel.feed_log_queries import BOUNDS, HORIZON, PRUNED_AFTER_SECONDS, Position, position_of
from automate.kernel.ids import ids_around
from automate.kernel.rows import DatabaseValue
from automate.kernel.tenancy import administering
from automate.kernel.timestamps import parse_timestamp
from automate.retention.classes import DECISIONS, DELIVERIES, OUTPUTS, PAYLOADS, RUN_LOG, RUNS
from tenants.sweeping import transitions as sql

LEAST_ROWS, FIRST_ROWS, MOST_ROWS = 20, 100, 500
"""Number of rows in a batch: minimum, at first, and maximum. Each row takes up to two advisory locks, and a
server has only a few thousand locks."""
BATCH_SECONDS = 0.04
"""The target time of a batch. A run waits no longer than this for a lock of the batch."""
BEGINNING = ("1970-01-01T00:00:00+00:00", str(uuid.UUID(int=0)))

StepPlace = tuple[str, str]
"""The time and the id of the last row that a step has read. Steps that read rows by id use only the id."""


@dataclass(frozen=True)
class BatchInput:
    """The input for one batch of a step, such as the position at which the batch begins."""

    cursor: CursorWrapper
    before: datetime
    """Rows that ended before this time are old enough."""
    at: StepPlace
    """The position of the step."""
    most: int
    """The number of rows to read."""
    kept: Position
    """The position in the run log from which no row may be removed, see ``kept_place``."""

    def rows(self, statement: str, **values: DatabaseValue) -> list[TupleRow]:
        at, after = self.at
        below, _ = ids_around(self.before)
        named = {"before": self.before, "at": at, "after": after, "below": below, "most": self.most, **values}
        self.cursor.execute(statement, named)
        found: list[TupleRow] = self.cursor.fetchall()
        return found

    def remove(self, removals: Sequence[str], **values: DatabaseValue) -> int:
        """Execute statements that remove rows. Returns the number of removed rows."""
        epoch, xid, entry = self.kept
        named = {"before": self.before, "epoch": epoch, "xid": xid, "entry": entry, **values}
        gone = 0
        for statement in removals:
            self.cursor.execute(statement, named)
            gone += max(0, self.cursor.rowcount)
        return gone


@dataclass(frozen=True)
class BatchResult:
    """The result of one batch: how many rows were read and removed, and the position of the next batch."""

    seen: int
    """Rows that were read."""
    at: StepPlace
    """The position after these rows."""
    removed: int
    """Removed rows, of all tables."""


@dataclass(frozen=True)
class SweepStep:
    """One step of a sweep. It removes one kind of rows."""

    name: str
    data_class: str
    """The data class whose days apply."""
    act: Callable[[BatchInput], BatchResult]
    rescans: bool
    """True if each sweep starts again at the oldest row. Such a step leaves only a few rows, which must not be
    removed yet."""
    before_runs: bool = False
    """True if the step runs only when its data class is kept for less time than runs. Otherwise the rows are
    removed with their runs."""


class EndedRun(NamedTuple):
    """A run that has ended, as the SQL statement ENDED_RUNS returns it."""

    id: uuid.UUID
    finished_at: datetime
    event_id: uuid.UUID
    line_id: uuid.UUID
    """The line of retries to which the run belongs."""
    locked: bool
    """Whether this transaction has locked the line."""


def _ended(work: BatchInput) -> list[EndedRun]:
    return [EndedRun._make(row) for row in work.rows(sql.ENDED_RUNS)]


def _runs(work: BatchInput) -> BatchResult:
    # An event stays if another run belongs to the event.
    ended = _ended(work)
    if not ended:
        return BatchResult(0, work.at, 0)
    locked = [run.id for run in ended if run.locked]
    free = [run for (run,) in work.rows(sql.FREE_RUNS, runs=locked)] if locked else []
    removed = 0
    if free:
        removed = work.remove(sql.REMOVE_RUNS, runs=free)
        gone = set(free)
        removed += _remove_events(work, sorted({run.event_id for run in ended if run.id in gone}))
    return BatchResult(len(ended), _behind(ended), removed)


def _remove_events(work: BatchInput, events: Sequence[uuid.UUID]) -> int:
    locked = [event for (event,) in work.rows(sql.EVENTS_LOCKED, events=list(events))]
    free = [event for (event,) in work.rows(sql.FREE_EVENTS, events=locked)] if locked else []
    return work.remove(sql.REMOVE_EVENTS, events=free) if free else 0


def _events(work: BatchInput) -> BatchResult:
    return _by_id(work, sql.NEXT_EVENTS, lambda ids: _remove_events(work, ids))


def _payloads_of_runs(work: BatchInput) -> BatchResult:
    ended = _ended(work)
    return _of_runs(work, ended, _remove_payloads(work, sorted({run.event_id for run in ended})))


def _payloads(work: BatchInput) -> BatchResult:
    return _by_id(work, sql.NEXT_PAYLOADS, lambda ids: _remove_payloads(work, ids))


def _remove_payloads(work: BatchInput, events: Sequence[uuid.UUID]) -> int:
    locked = [event for (event,) in work.rows(sql.EVENTS_LOCKED, events=list(events))]
    done = [event for (event,) in work.rows(sql.DONE_EVENTS, events=locked)] if locked else []
    return work.remove(sql.REMOVE_PAYLOADS, events=done) if done else 0


def _outputs(work: BatchInput) -> BatchResult:
    ended = _ended(work)
    locked = [run.id for run in ended if run.locked]
    runs = [run for (run,) in work.rows(sql.LINES_OF_RUNS, runs=locked)] if locked else []
    return _of_runs(work, ended, work.remove(sql.REMOVE_OUTPUTS, runs=runs) if runs else 0)


def _log(work: BatchInput) -> BatchResult:
    ended = _ended(work)
    runs = [run.id for run in ended]
    return _of_runs(work, ended, work.remove(sql.REMOVE_LOG, runs=runs) if runs else 0)


def _decisions(work: BatchInput) -> BatchResult:
    found = work.rows(sql.NEXT_MATCHES)
    if not found:
        return BatchResult(0, work.at, 0)
    *_, (last, _) = found
    events = sorted({event for _, event in found})
    done = [event for (event,) in work.rows(sql.DONE_EVENTS, events=events)]
    removed = work.remove(sql.REMOVE_DECISIONS, events=done) if done else 0
    return BatchResult(len(found), (BEGINNING[0], str(last)), removed)


def _deliveries(work: BatchInput) -> BatchResult:
    return _by_id(work, sql.NEXT_DELIVERIES, lambda ids: work.remove(sql.REMOVE_DELIVERIES, ids=ids))


def _sent(work: BatchInput) -> BatchResult:
    return _by_id(work, sql.NEXT_SENT, lambda ids: work.remove(sql.REMOVE_SENT, ids=ids))


def _resolutions(work: BatchInput) -> BatchResult:
    return _by_id(work, sql.NEXT_RESOLUTIONS, lambda ids: work.remove(sql.REMOVE_RESOLUTIONS, ids=ids))


def _by_id(work: BatchInput, statement: str, remove: Callable[[list[uuid.UUID]], int]) -> BatchResult:
    found = [row_id for row_id, *_ in work.rows(statement)]
    if not found:
        return BatchResult(0, work.at, 0)
    return BatchResult(len(found), (BEGINNING[0], str(found[-1])), remove(found))


def _of_runs(work: BatchInput, ended: Sequence[EndedRun], removed: int) -> BatchResult:
    return BatchResult(len(ended), _behind(ended) if ended else work.at, removed)


def _behind(ended: Sequence[EndedRun]) -> StepPlace:
    return ended[-1].finished_at.isoformat(), str(ended[-1].id)


STEPS: Sequence[SweepStep] = (
    SweepStep("payloads_of_runs", PAYLOADS, _payloads_of_runs, rescans=False, before_runs=True),
    SweepStep("payloads", PAYLOADS, _payloads, rescans=False, before_runs=True),
    SweepStep("outputs", OUTPUTS, _outputs, rescans=False, before_runs=True),
    SweepStep("log", RUN_LOG, _log, rescans=False, before_runs=True),
    SweepStep("decisions", DECISIONS, _decisions, rescans=True, before_runs=True),
    SweepStep("runs", RUNS, _runs, rescans=True),
    SweepStep("events", RUNS, _events, rescans=True),
    SweepStep("resolutions", RUNS, _resolutions, rescans=True),
    SweepStep("deliveries", DELIVERIES, _deliveries, rescans=True),
    SweepStep("sent", DELIVERIES, _sent, rescans=True),
)
"""The steps of a sweep, in order."""


class BatchPace:
    """The batch size of each step. A batch should take about BATCH_SECONDS."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def rows(self, step: SweepStep) -> int:
        return self._rows.get(step.name, FIRST_ROWS)

    def took(self, step: SweepStep, rows: int, seconds: float) -> None:
        wanted = int(rows * BATCH_SECONDS / max(seconds, 0.001))
        # Increase slowly, decrease at once.
        self._rows[step.name] = max(LEAST_ROWS, min(MOST_ROWS, wanted, 2 * rows))


def run_batch(  # noqa: PLR0917 - what a batch is
    connection: BaseDatabaseWrapper,
    schema: str,
    step: SweepStep,
    before: datetime,
    at: StepPlace,
    kept: Position,
    pace: BatchPace,
) -> BatchResult:
    # `connection` has the login of the schema's owner. Raises DatabaseError; then no row was removed.
    most = pace.rows(step)
    began = time.monotonic()
    with _batch(connection, schema) as cursor:
        done = step.act(BatchInput(cursor, before, at, most, kept))
    pace.took(step, most, time.monotonic() - began)
    return done


@contextmanager
def _batch(connection: BaseDatabaseWrapper, schema: str) -> Iterator[CursorWrapper]:
    with (
        administering(schema),
        transaction.atomic(using=connection.alias, durable=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.BEGIN)
        yield cursor


def feed_seconds() -> int:
    # Feeds may still read the rows.
    return int(settings.FEED_HORIZON_SECONDS) + PRUNED_AFTER_SECONDS


def kept_place(connection: BaseDatabaseWrapper, schema: str) -> Position:
    # The row at the position is kept too: `FeedLog.resume` needs it to detect that earlier rows were removed.
    with administering(schema), connection.cursor() as cursor:
        cursor.execute(BOUNDS.format(table="run_log"))
        _, *rest = cursor.fetchone()
        newest = position_of(rest[:3])
        if newest is None:
            return (0, 0, 0)
        values = {"epoch": newest[0], "xid": newest[1], "horizon": feed_seconds()}
        cursor.execute(HORIZON.format(table="run_log"), values)
        place = position_of(cursor.fetchone()[:3])
    return place or (0, 0, 0)


def remove_orphans(connection: BaseDatabaseWrapper, schema: str, kept: Position) -> int:
    # An earlier sweep had to keep these rows. From `kept` on, feeds may still read them.
    with _batch(connection, schema) as cursor:
        epoch, xid, entry = kept
        cursor.execute(sql.REMOVE_ORPHANS, {"epoch": epoch, "xid": xid, "entry": entry})
        return int(cursor.rowcount)


def earliest(stored: Mapping[str, str], name: str, computed: datetime) -> datetime:
    """Return the stored time or ``computed``, whichever is earlier. The sweep removes rows that are older than this time."""
    text = stored.get(name)
    return computed if text is None else min(computed, parse_timestamp(text).astimezone(timezone.utc))
