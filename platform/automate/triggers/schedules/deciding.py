"""Decides which due ticks of one schedule become events. Has no side effects."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile

from automate.kernel.json_values import JsonObject, JsonValue, as_integer, as_list
from automate.triggers.schedules.plan import jitter
from automate.triggers.schedules.rows import ScheduleRow
from automate.triggers.schedules.words import EACH, MISSED, QUEUE, SKIP, SKIPPED

MOST_LOOKED_AT = 1_000
"""Maximum number of planned ticks that one transaction decides. After an outage of weeks, the next transaction
decides the rest."""
MOST_LISTED = 100
"""Maximum number of missed ticks that an event lists. The event lists the latest missed ticks, and counts all
of them."""
TOO_LATE, COLLAPSED, OVERLAP, CHANGED, PAUSED = "too_late", "collapsed", "overlap", "changed", "paused"
FIRST_CHECK_SECONDS, LAST_CHECK_SECONDS, CHECKS = 1.0, 30.0, 10
"""The shortest and the longest pause, in seconds, between two checks of a tick that waits for a run. The pause
is a tenth of the tick's lateness, within these limits.
"""


@dataclass(frozen=True)
class Passed:
    """A planned tick that created no event."""

    at: datetime
    reason: str
    """Why the tick created no event."""


@dataclass(frozen=True)
class TickDecision:
    """The decision about a schedule's due ticks."""

    next_at: datetime | None
    """The next planned tick."""
    made: datetime | None = None
    """The planned time of the tick that makes an event."""
    passed: Sequence[Passed] = ()
    """Ticks that make no event. If ``made`` is set, these ticks come before it."""
    wait_seconds: float | None = None
    """Set if the decision is postponed. The same job decides again after this time."""

    @property
    def outcome(self) -> str:
        """The outcome of the latest tick without an event: SKIPPED or MISSED."""
        return SKIPPED if self.passed and self.passed[-1].reason == OVERLAP else MISSED


def due_at(row: ScheduleRow, at: datetime) -> datetime:
    """Return the time at which a planned tick is due. This is the planned time plus the tick's random delay."""
    return at + jitter(row.id, at, row.jitter_seconds)


def decide(row: ScheduleRow, now: datetime, *, busy: bool) -> TickDecision:
    """Decide which of a schedule's due ticks makes an event.

    ``busy`` is True if runs of an earlier tick of the schedule are open.
    """
    due, after, more = _due(row, now)
    if not due:
        # The job ran early, for example because a server's clock was set back.
        return TickDecision(after, wait_seconds=(due_at(row, after) - now).total_seconds() if after else None)
    window = timedelta(seconds=row.catch_up_seconds)
    late = next((place for place, at in enumerate(due) if due_at(row, at) + window >= now), len(due))
    passed, inside = [Passed(at, TOO_LATE) for at in due[:late]], due[late:]
    if busy and inside and row.overlap == QUEUE:
        waited = (now - due_at(row, inside[0])).total_seconds() / CHECKS
        return TickDecision(
            inside[0], passed=passed, wait_seconds=min(max(waited, FIRST_CHECK_SECONDS), LAST_CHECK_SECONDS)
        )
    if busy and row.overlap == SKIP:
        return TickDecision(after, passed=[*passed, *(Passed(at, OVERLAP) for at in inside)])
    if inside and row.catch_up == EACH:
        return TickDecision(inside[1] if len(inside) > 1 else after, inside[0], passed)
    if inside and not more:
        return TickDecision(after, inside[-1], [*passed, *(Passed(at, COLLAPSED) for at in inside[:-1])])
    return TickDecision(after, passed=[*passed, *(Passed(at, COLLAPSED) for at in inside)])


def _due(row: ScheduleRow, now: datetime) -> tuple[list[datetime], datetime | None, bool]:
    due: list[datetime] = []
    if row.planned_at is not None:
        for at in chain([row.planned_at], row.plan.after(row.planned_at)):
            if due_at(row, at) > now:
                return due, at, False
            if len(due) == MOST_LOOKED_AT:
                return due, at, True
            due.append(at)
    return due, None, False


def given_up(row: ScheduleRow, now: datetime, reason: str) -> tuple[Sequence[Passed], int]:
    """Return the due ticks that the schedule skips for ``reason``, and the number of all skipped ticks.

    The list contains only the latest MOST_LISTED ticks.
    """
    if row.planned_at is None:
        return (), 0
    # Without the time zone, only the planned tick is known.
    later = row.plan.after(row.planned_at) if row.plan.has_zone else ()
    latest: deque[Passed] = deque(maxlen=MOST_LISTED)
    count = 0
    for at in takewhile(lambda at: at <= now, chain([row.planned_at], later)):
        latest.append(Passed(at, reason))
        count += 1
    return tuple(latest), count


def add_missed(missed: JsonObject, passed: Sequence[Passed], count: int | None = None) -> dict[str, JsonValue]:
    # Pass `count` if `passed` does not list all missed ticks. `missed` is {count, ticks}.
    passed_ticks: list[JsonValue] = [{"planned_at": one.at.isoformat(), "reason": one.reason} for one in passed]
    listed = as_list(missed.get("ticks", [])) + passed_ticks
    since = len(passed) if count is None else count
    return {"count": as_integer(missed.get("count", 0)) + since, "ticks": listed[-MOST_LISTED:]}
