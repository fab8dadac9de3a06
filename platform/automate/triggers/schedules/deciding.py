"""What becomes of the planned moments of one schedule that are due: pure, so that each case can be asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile

from automate.kernel.errors import Json
from automate.triggers.schedules.plan import jitter
from automate.triggers.schedules.rows import ScheduleRow
from automate.triggers.schedules.words import EACH, MISSED, QUEUE, SKIP, SKIPPED

MOST_LOOKED_AT = 1_000
"""How many planned moments one transaction looks at; the rest of an outage of weeks is the next one's."""
MOST_LISTED = 100
"""How many missed ticks an event lists, the latest; it counts them all."""
TOO_LATE, COLLAPSED, OVERLAP, CHANGED, PAUSED = "too_late", "collapsed", "overlap", "changed", "paused"
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS, LOOKS = 1.0, 30.0, 10
"""A tick that waits for a run looks again after a tenth of the time that it is late, between these."""


@dataclass(frozen=True)
class Passed:
    """A planned moment that makes no event, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Decision:
    """made: the planned moment whose event is made. passed: those before it, or instead of it, that make none. next_at:
    the one to come. wait_seconds: none is made yet; the same job looks again after that time.
    """

    next_at: datetime | None
    made: datetime | None = None
    passed: Sequence[Passed] = ()
    wait_seconds: float | None = None

    @property
    def outcome(self) -> str:
        """Of what was passed, where nothing is made."""
        return SKIPPED if self.passed and self.passed[-1].reason == OVERLAP else MISSED


def due_at(row: ScheduleRow, at: datetime) -> datetime:
    """When the tick that is planned for a moment is to be made."""
    return at + jitter(row.id, at, row.jitter_seconds)


def decide(row: ScheduleRow, now: datetime, *, busy: bool) -> Decision:
    """row: has a planned moment. busy: whether runs of an earlier tick are open, where the schedule minds."""
    due, after, more = _due(row, now)
    if not due:
        # Woken before its time, such as by a server whose clock was set back.
        return Decision(after, wait_seconds=(due_at(row, after) - now).total_seconds() if after else None)
    window = timedelta(seconds=row.catch_up_seconds)
    late = next((place for place, at in enumerate(due) if due_at(row, at) + window >= now), len(due))
    passed, inside = [Passed(at, TOO_LATE) for at in due[:late]], due[late:]
    if busy and inside and row.overlap == QUEUE:
        waited = (now - due_at(row, inside[0])).total_seconds() / LOOKS
        return Decision(inside[0], passed=passed, wait_seconds=min(max(waited, FIRST_LOOK_SECONDS), LAST_LOOK_SECONDS))
    if busy and row.overlap == SKIP:
        return Decision(after, passed=[*passed, *(Passed(at, OVERLAP) for at in inside)])
    if inside and row.catch_up == EACH:
        return Decision(inside[1] if len(inside) > 1 else after, inside[0], passed)
    if inside and not more:
        return Decision(after, inside[-1], [*passed, *(Passed(at, COLLAPSED) for at in inside[:-1])])
    return Decision(after, passed=[*passed, *(Passed(at, COLLAPSED) for at in inside)])


def _due(row: ScheduleRow, now: datetime) -> tuple[list[datetime], datetime | None, bool]:
    """The planned moments that are due, at most so many; the one after them; and whether that one is due too."""
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
    """The planned moments that have come and are made no more, such as in a pause: the latest, as many as an event lists, and
    how many there are. One that jitter has yet to bring is among them, for it is never planned again.
    """
    if row.planned_at is None:
        return (), 0
    # Of a zone that is no longer there nothing more is known than what was planned.
    later = row.plan.after(row.planned_at) if row.plan.has_zone else ()
    latest: deque[Passed] = deque(maxlen=MOST_LISTED)
    count = 0
    for at in takewhile(lambda at: at <= now, chain([row.planned_at], later)):
        latest.append(Passed(at, reason))
        count += 1
    return tuple(latest), count


def add_missed(missed: Json, passed: Sequence[Passed], count: int | None = None) -> dict[str, Json]:
    """``{count, ticks}`` of what was missed before, and what has been since. count: how many, where not all of them are given."""
    listed = [*missed.get("ticks", ()), *({"planned_at": one.at.isoformat(), "reason": one.reason} for one in passed)]
    since = len(passed) if count is None else count
    return {"count": missed.get("count", 0) + since, "ticks": listed[-MOST_LISTED:]}
