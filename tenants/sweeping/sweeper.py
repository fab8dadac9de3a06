"""Removes expired data in small batches. Tenants take turns.

The sweeper uses a fixed part of the scheduler's time (AUTOMATE_RETENTION_SHARE).
"""

from __future__ import annotations

import time
from datetime import datetime

import structlog
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.feed_log_queries import Position
from automate.kernel.metrics import RETENTION_REMOVED
from automate.retention.classes import RUNS
from tenants.routers import ADMIN
from tenants.sweeping import claims as turns
from tenants.sweeping import ledger_queries as ledger
from tenants.sweeping.claims import Turn
from tenants.sweeping.step_queries import (
    BEGINNING,
    STEPS,
    BatchPace,
    SweepStep,
    earliest,
    feed_seconds,
    kept_place,
    remove_orphans,
    run_batch,
)

log = structlog.get_logger(__name__)

TURN_SECONDS = 0.25
"""How long one tenant is swept before other tenants have their turns."""
ADMIT_EVERY_SECONDS = 30.0
FOLD_EVERY_SECONDS = 3_600.0
LATER_SECONDS = 60.0
"""The delay until the next turn of a tenant whose rows were locked, or whose schema is older than this release."""


class Sweeper:
    """The sweeper of one scheduler."""

    def __init__(self) -> None:
        self._pace = BatchPace()
        self._admitted_at = 0.0
        self._folded_at = 0.0
        self._ledger_place = ledger.BEGINNING

    def sweep(self, seconds: float) -> int:
        """Remove expired data. Stop after at most ``seconds``. Returns the number of removed rows."""
        until = time.monotonic() + seconds
        connection = connections[ADMIN]
        if time.monotonic() - self._admitted_at >= ADMIT_EVERY_SECONDS or not self._admitted_at:
            turns.admit(connection)
            self._admitted_at = time.monotonic()
        gone = self._fold(connection, until)
        while time.monotonic() < until and (turn := turns.take(connection)) is not None:
            gone += self._turn(connection, turn, min(until, time.monotonic() + TURN_SECONDS))
        return gone

    def _fold(self, connection: BaseDatabaseWrapper, until: float) -> int:
        # At most half of the time. The next pass begins an hour after the last pass has ended.
        if self._ledger_place == ledger.BEGINNING and time.monotonic() - self._folded_at < FOLD_EVERY_SECONDS:
            return 0
        gone, half = 0, time.monotonic() + (until - time.monotonic()) / 2
        while True:
            removed, self._ledger_place = ledger.fold(connection, self._ledger_place)
            gone += removed
            if self._ledger_place == ledger.BEGINNING:
                self._folded_at = time.monotonic()
                return gone
            if time.monotonic() >= half:
                return gone

    def _turn(self, connection: BaseDatabaseWrapper, turn: Turn, until: float) -> int:
        gone, seconds = 0, float(settings.RETENTION_EVERY_SECONDS)
        try:
            gone, ended = self._sweep(connection, turn, until)
            if not ended:
                seconds = 0.0
        except LookupError:
            # The tenant was deleted in the meantime.
            return 0
        except ProgrammingError as error:
            # Its schema is older than this release. It is swept again after its migration.
            log.warning("tenant not swept", tenant=turn.tenant.slug, error=str(error))
            seconds = LATER_SECONDS
        except OperationalError as error:
            # A row was locked for too long, or the batch took too long. The batch was rolled back.
            log.info("tenant is swept later", tenant=turn.tenant.slug, error=str(error))
            seconds = LATER_SECONDS
            if not connection.is_usable():
                raise
        turns.give_back(connection, turn, seconds)
        return gone

    def _sweep(self, connection: BaseDatabaseWrapper, turn: Turn, until: float) -> tuple[int, bool]:
        # Returns the number of removed rows, and whether all steps of the sweep have ended.
        found = turns.policies(connection, turn.tenant.id)
        days = found.days
        now = {name: turns.before_of(kept, found.read_at, feed_seconds()) for name, kept in days.items() if kept}
        if not turn.step:
            turn.befores = {name: before.isoformat() for name, before in now.items()}
        befores = {
            name: earliest(turn.befores, name, before)
            for name, before in now.items()
            if turn.created_at < earliest(turn.befores, name, before)
        }
        runs_days = days[RUNS]
        steps = [
            step
            for step in STEPS
            if step.data_class in befores
            and not (step.before_runs and runs_days is not None and days[step.data_class] == runs_days)
        ]
        turns.mark(connection, turn, befores)
        kept = kept_place(connection, turn.tenant.schema) if steps else (0, 0, 0)
        gone = remove_orphans(connection, turn.tenant.schema, kept) if steps and not turn.step else 0
        for step in _from(steps, turn.step):
            removed, ended = self._step(connection, turn, step, befores[step.data_class], kept, until)
            gone += removed
            if not ended:
                turn.step = step.name
                return gone, False
        turn.step = ""
        return gone, True

    def _step(  # noqa: PLR0917 - where a step stands
        self,
        connection: BaseDatabaseWrapper,
        turn: Turn,
        step: SweepStep,
        before: datetime,
        kept: Position,
        until: float,
    ) -> tuple[int, bool]:
        gone = 0
        while True:
            at = turn.places.get(step.name, BEGINNING)
            most = self._pace.rows(step)
            batch = run_batch(connection, turn.tenant.schema, step, before, at, kept, self._pace)
            gone += batch.removed
            RETENTION_REMOVED.labels(step.data_class).inc(batch.removed)
            turn.places[step.name] = batch.at
            if batch.seen < most:
                if step.rescans:
                    turn.places.pop(step.name, None)
                return gone, True
            if time.monotonic() >= until:
                return gone, False


def _from(steps: list[SweepStep], name: str) -> list[SweepStep]:
    # All steps if the name is empty or unknown.
    names = [step.name for step in steps]
    return steps[names.index(name) :] if name in names else steps
