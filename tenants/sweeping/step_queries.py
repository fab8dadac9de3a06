"""The steps of a sweep. Each removes one batch of old rows of one tenant at a time, in one small transaction."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from automate.kernel.feed_log_queries import BOUNDS, HORIZON, PRUNED_AFTER_SECONDS, Position, position_of
from automate.kernel.ids import ids_around
from automate.kernel.tenancy import administering
from automate.retention.classes import DECISIONS, DELIVERIES, OUTPUTS, PAYLOADS, RUN_LOG, RUNS
from tenants.sweeping import transitions as sql

LEAST_ROWS, FIRST_ROWS, MOST_ROWS = 20, 100, 500
"""Each row of a batch is two advisory locks at most, of which a server has some thousands."""
BATCH_SECONDS = 0.04
"""What a batch aims at: a run that waits for a lock of it waits no longer."""
BEGINNING = ("1970-01-01T00:00:00+00:00", str(uuid.UUID(int=0)))

Place = tuple[str, str]
"""The time and the id of the last row that a step has looked at; only the id counts where rows are read by their ids."""


@dataclass(frozen=True)
class Work:
    """What one batch may touch. before: rows that ended before it are old enough. at: where the step stands. most: rows to look at.

    kept: the place in the run log from which on nothing may go, see ``kept_place``.
    """

    cursor: CursorWrapper
    before: datetime
    at: Place
    most: int
    kept: Position

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        at, after = self.at
        below, _ = ids_around(self.before)
        named = {"before": self.before, "at": at, "after": after, "below": below, "most": self.most, **values}
        self.cursor.execute(statement, named)
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    def remove(self, removals: Sequence[str], **values: Any) -> int:
        """How many rows went."""
        epoch, xid, entry = self.kept
        named = {"before": self.before, "epoch": epoch, "xid": xid, "entry": entry, **values}
        gone = 0
        for statement in removals:
            self.cursor.execute(statement, named)
            gone += max(0, self.cursor.rowcount)
        return gone


@dataclass(frozen=True)
class Batch:
    """seen: rows that were looked at. at: the place behind them. removed: rows of all tables that went."""

    seen: int
    at: Place
    removed: int


@dataclass(frozen=True)
class Step:
    """data_class: whose days count. ends: of rows below these runs' or this step's own. rescans: whether each sweep begins again at
    the oldest row, because little but what may not go yet is left there.
    """

    name: str
    data_class: str
    act: Callable[[Work], Batch]
    rescans: bool
    before_runs: bool = False


def _runs(work: Work) -> Batch:
    """Runs with all that belongs to them, and events of which they were the last runs."""
    ended = work.rows(sql.ENDED_RUNS)
    if not ended:
        return Batch(0, work.at, 0)
    unlocked = [row[0] for row in ended if row[4]]
    free = [run for (run,) in work.rows(sql.FREE_RUNS, runs=unlocked)] if unlocked else []
    removed = 0
    if free:
        removed = work.remove(sql.REMOVE_RUNS, runs=free)
        gone = set(free)
        removed += _remove_events(work, sorted({row[2] for row in ended if row[0] in gone}))
    return Batch(len(ended), _behind(ended), removed)


def _remove_events(work: Work, events: Sequence[uuid.UUID]) -> int:
    locked = [event for (event,) in work.rows(sql.EVENTS_LOCKED, events=list(events))]
    free = [event for (event,) in work.rows(sql.FREE_EVENTS, events=locked)] if locked else []
    return work.remove(sql.REMOVE_EVENTS, events=free) if free else 0


def _events(work: Work) -> Batch:
    """Events that no run is left of, or ever was."""
    return _by_id(work, sql.NEXT_EVENTS, lambda ids: _remove_events(work, ids))


def _payloads_of_runs(work: Work) -> Batch:
    ended = work.rows(sql.ENDED_RUNS)
    return _of_runs(work, ended, _remove_payloads(work, sorted({row[2] for row in ended})))


def _payloads(work: Work) -> Batch:
    return _by_id(work, sql.NEXT_PAYLOADS, lambda ids: _remove_payloads(work, ids))


def _remove_payloads(work: Work, events: Sequence[uuid.UUID]) -> int:
    locked = [event for (event,) in work.rows(sql.EVENTS_LOCKED, events=list(events))]
    done = [event for (event,) in work.rows(sql.DONE_EVENTS, events=locked)] if locked else []
    return work.remove(sql.REMOVE_PAYLOADS, events=done) if done else 0


def _outputs(work: Work) -> Batch:
    ended = work.rows(sql.ENDED_RUNS)
    unlocked = [row[0] for row in ended if row[4]]
    runs = [run for (run,) in work.rows(sql.LINES_OF_RUNS, runs=unlocked)] if unlocked else []
    return _of_runs(work, ended, work.remove(sql.REMOVE_OUTPUTS, runs=runs) if runs else 0)


def _log(work: Work) -> Batch:
    ended = work.rows(sql.ENDED_RUNS)
    runs = [row[0] for row in ended]
    return _of_runs(work, ended, work.remove(sql.REMOVE_LOG, runs=runs) if runs else 0)


def _decisions(work: Work) -> Batch:
    found = work.rows(sql.NEXT_MATCHES)
    if not found:
        return Batch(0, work.at, 0)
    events = sorted({event for _, event in found})
    done = [event for (event,) in work.rows(sql.DONE_EVENTS, events=events)]
    removed = work.remove(sql.REMOVE_DECISIONS, events=done) if done else 0
    return Batch(len(found), (BEGINNING[0], str(found[-1][0])), removed)


def _deliveries(work: Work) -> Batch:
    return _by_id(work, sql.NEXT_DELIVERIES, lambda ids: work.remove(sql.REMOVE_DELIVERIES, ids=ids))


def _sent(work: Work) -> Batch:
    return _by_id(work, sql.NEXT_SENT, lambda ids: work.remove(sql.REMOVE_SENT, ids=ids))


def _resolutions(work: Work) -> Batch:
    return _by_id(work, sql.NEXT_RESOLUTIONS, lambda ids: work.remove(sql.REMOVE_RESOLUTIONS, ids=ids))


def _by_id(work: Work, statement: str, remove: Callable[[list[uuid.UUID]], int]) -> Batch:
    found = [row[0] for row in work.rows(statement)]
    if not found:
        return Batch(0, work.at, 0)
    return Batch(len(found), (BEGINNING[0], str(found[-1])), remove(found))


def _of_runs(work: Work, ended: Sequence[tuple[Any, ...]], removed: int) -> Batch:
    return Batch(len(ended), _behind(ended) if ended else work.at, removed)


def _behind(ended: Sequence[tuple[Any, ...]]) -> Place:
    run, finished_at, *_ = ended[-1]
    return finished_at.isoformat(), str(run)


STEPS: Sequence[Step] = (
    Step("payloads_of_runs", PAYLOADS, _payloads_of_runs, rescans=False, before_runs=True),
    Step("payloads", PAYLOADS, _payloads, rescans=False, before_runs=True),
    Step("outputs", OUTPUTS, _outputs, rescans=False, before_runs=True),
    Step("log", RUN_LOG, _log, rescans=False, before_runs=True),
    Step("decisions", DECISIONS, _decisions, rescans=True, before_runs=True),
    Step("runs", RUNS, _runs, rescans=True),
    Step("events", RUNS, _events, rescans=True),
    Step("resolutions", RUNS, _resolutions, rescans=True),
    Step("deliveries", DELIVERIES, _deliveries, rescans=True),
    Step("sent", DELIVERIES, _sent, rescans=True),
)
"""In this order. before_runs: only where the class is kept for less time than runs, with which it goes otherwise."""


class Pace:
    """How many rows a batch of each step looks at, so that it takes about BATCH_SECONDS."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def rows(self, step: Step) -> int:
        return self._rows.get(step.name, FIRST_ROWS)

    def took(self, step: Step, rows: int, seconds: float) -> None:
        wanted = int(rows * BATCH_SECONDS / max(seconds, 0.001))
        # Slowly up, at once down.
        self._rows[step.name] = max(LEAST_ROWS, min(MOST_ROWS, wanted, 2 * rows))


def run_batch(  # noqa: PLR0917 - what a batch is
    connection: BaseDatabaseWrapper, schema: str, step: Step, before: datetime, at: Place, kept: Position, pace: Pace
) -> Batch:
    """Remove one batch. connection: the owner's. Raises DatabaseError, and then nothing was removed."""
    most = pace.rows(step)
    began = time.monotonic()
    with _batch(connection, schema) as cursor:
        done = step.act(Work(cursor, before, at, most, kept))
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
    """Rows of logs that are younger are read by feeds, which must not miss one."""
    return int(settings.FEED_HORIZON_SECONDS) + PRUNED_AFTER_SECONDS


def kept_place(connection: BaseDatabaseWrapper, schema: str) -> Position:
    """The last row of the run log that no feed can be resumed from any more. It stays, and all rows after it.

    So the row after any position from which rows are missing is an old one: that is how ``FeedLog.resume`` knows of a gap.
    """
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
    """Remove rows of the log that an earlier sweep had to keep, and whose run is gone."""
    with _batch(connection, schema) as cursor:
        epoch, xid, entry = kept
        cursor.execute(sql.REMOVE_ORPHANS, {"epoch": epoch, "xid": xid, "entry": entry})
        return int(cursor.rowcount)


def earliest(stored: Mapping[str, str], name: str, computed: datetime) -> datetime:
    """The time that a sweep began with, or an earlier one where the policy has become longer since."""
    text = stored.get(name)
    return computed if text is None else min(computed, datetime.fromisoformat(text).astimezone(timezone.utc))
