"""The plan of a schedule: a cron expression, an interval, or a single time."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import islice, takewhile
from typing import Annotated
from zoneinfo import available_timezones

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.kernel.shapes import Says, Spell
from automate.kernel.timestamps import EPOCH
from automate.triggers.schedules.crontab import MOST_YEARS, crontab, problems_of, zone_of

CRON, INTERVAL, AT = "cron", "interval", "at"
KINDS = (CRON, INTERVAL, AT)
REPEATED, SKIPPED = "repeated", "skipped"
MOST_CHARACTERS = 255
MOST_JITTER_SECONDS = 3_600
MOST_AHEAD = timedelta(days=MOST_YEARS * 366)
UTC = "UTC"
NO_ZONES = frozenset({"localtime", "Factory"})
"""Names in tzdata that are no time zone. They stand for the setting of the machine, and for a machine without a
setting.
"""


@dataclass(frozen=True)
class CronPlan:
    """A plan whose ticks are defined by a cron expression."""

    expression: Annotated[
        str,
        Says(
            "A cron expression with five fields: minute, hour, day of the month, month, and day of the week. @hourly, "
            "@daily and similar names are allowed too."
        ),
    ]
    timezone: Annotated[str, Says("The name of the time zone in the IANA database, such as Europe/Berlin.")] = UTC


@dataclass(frozen=True)
class IntervalPlan:
    """A plan whose ticks follow each other at a fixed interval."""

    every_seconds: Annotated[
        int,
        Says(
            f"Seconds between two ticks: at least {LIMITS.schedule_interval_seconds}. The first interval begins at "
            "startsAt, or else when this plan is first saved."
        ),
    ]


@dataclass(frozen=True)
class SchedulePlan:
    """The plan of a schedule, in the form that clients send. Exactly one of the fields is set."""

    cron: Annotated[CronPlan | None, Says("By a cron expression.")] = None
    interval: Annotated[IntervalPlan | None, Says("At an interval.")] = None
    at: Annotated[datetime | None, Says("Once, at this time.")] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if sum(given.get(name) is not None for name in KINDS) != 1:
            yield Problem("BAD_USER_INPUT", "The plan must have exactly one of `cron`, `interval` and `at`.", ())

    def between(self, starts_at: datetime | None, ends_at: datetime | None) -> TickPlan:
        """The plan with its start and its end, in the form that the row of a schedule stores."""
        plan = TickPlan(AT, at=self.at, starts_at=starts_at, ends_at=ends_at)
        if self.cron is not None:
            expression = " ".join(self.cron.expression.split())
            return replace(plan, kind=CRON, expression=expression, timezone=self.cron.timezone)
        if self.interval is not None:
            return replace(plan, kind=INTERVAL, every_seconds=self.interval.every_seconds)
        return plan


@dataclass(frozen=True)
class TickPlan:
    """The plan of a schedule. Each kind of plan uses its own fields."""

    kind: str
    """One of KINDS."""
    expression: str = ""
    """Of a cron plan."""
    timezone: str = UTC
    """Of a cron plan."""
    every_seconds: int = 0
    """Of an interval."""
    at: datetime | None = None
    """The time of a single tick."""
    anchor: datetime | None = None
    """The time from which multiples of every_seconds are counted."""
    starts_at: datetime | None = None
    """No tick comes before this time."""
    ends_at: datetime | None = None
    """No tick comes at or after this time."""

    def after(self, timestamp: datetime) -> Iterator[datetime]:
        """Yield all ticks later than ``timestamp``, the earliest tick first. The ticks are in UTC."""
        if self.starts_at is not None:
            timestamp = max(timestamp, self.starts_at - timedelta(microseconds=1))
        ticks = self._ticks(timestamp)
        if (ends := self.ends_at) is None:
            return ticks
        return takewhile(lambda tick: tick < ends, ticks)

    def first_after(self, timestamp: datetime) -> datetime | None:
        return next(self.after(timestamp), None)

    def _ticks(self, timestamp: datetime) -> Iterator[datetime]:
        if self.kind == CRON:
            yield from crontab(self.expression, self.timezone).after(timestamp)
        elif self.kind == INTERVAL and self.anchor is not None:
            every = timedelta(seconds=self.every_seconds)
            number = max(0, (timestamp - self.anchor) // every + 1)
            while True:
                yield self.anchor + number * every
                number += 1
        elif self.at is not None and self.at > timestamp:
            yield self.at

    @property
    def has_zone(self) -> bool:
        """True if this machine knows the time zone."""
        try:
            zone_of(self.timezone)
        except NormalizedError:
            return False
        return True

    @property
    def least_gap_seconds(self) -> int | None:
        """The minimum seconds between two ticks. None for a single tick."""
        if self.kind == CRON:
            return crontab(self.expression, UTC).least_gap_seconds
        return self.every_seconds if self.kind == INTERVAL else None

    @property
    def sentence(self) -> str:
        """The plan in words, such as: At 02:30 every day, Europe/Berlin."""
        if not self.has_zone:
            said = f"{self.expression}, in {self.timezone}, a time zone that does not exist any more"
        elif self.kind == CRON:
            said = f"{crontab(self.expression, self.timezone).sentence}, {self.timezone}"
        elif self.kind == INTERVAL:
            said = f"Every {_span(self.every_seconds)}"
        else:
            said = f"Once, at {_shown(self.at)}"
        if self.kind != AT and self.starts_at is not None:
            said += f", from {_shown(self.starts_at)}"
        return f"{said}, until {_shown(self.ends_at)}" if self.ends_at is not None else said


PLAN_COLUMNS = tuple(field.name for field in fields(TickPlan))
"""The columns of a schedule that contain its plan."""


@dataclass(frozen=True)
class PlannedTick:
    """A tick with its local time."""

    at: datetime
    local: datetime
    """The local time, on the clock of the plan's time zone."""
    change: str | None
    """SKIPPED if the clock skips the planned time and this is the first time after it. REPEATED if the clock shows this
    time twice that day. None otherwise.
    """


def planned(plan: TickPlan, at: datetime) -> PlannedTick:
    local = at.astimezone(zone_of(plan.timezone))
    change = None
    if plan.kind == CRON and not crontab(plan.expression, plan.timezone).is_asked_for(local):
        change = SKIPPED
    elif local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        change = REPEATED
    return PlannedTick(at, local, change)


@lru_cache(maxsize=1_024)
def next_ticks(plan: TickPlan, timestamp: datetime, count: int) -> tuple[PlannedTick, ...]:
    """Return the next ticks of a plan. The result is cached, because the search for a rare tick examines many years."""
    return tuple(planned(plan, at) for at in islice(plan.after(timestamp), count))


def jitter(schedule_id: uuid.UUID, at: datetime, most_seconds: int) -> timedelta:
    """Return the delay of a tick. The same tick always has the same delay."""
    if not most_seconds:
        return timedelta(0)
    digest = hashlib.sha256(schedule_id.bytes + at.astimezone(timezone.utc).isoformat().encode()).digest()
    return timedelta(milliseconds=int.from_bytes(digest[:8], "big") % (most_seconds * 1_000 + 1))


def check_plan(plan: TickPlan, jitter_seconds: int, now: datetime) -> list[Problem]:
    """Return the faults of a plan. A valid plan ticks at least once after ``now``."""
    wrong = list(_problems_of_kind(plan, now))
    found = [*wrong, *_problems_of_bounds(plan, now)]
    gap = None if wrong else plan.least_gap_seconds
    if not 0 <= jitter_seconds <= MOST_JITTER_SECONDS:
        found.append(_problem(f"jitterSeconds must lie between 0 and {MOST_JITTER_SECONDS}.", "jitterSeconds"))
    elif gap is not None and jitter_seconds >= gap:
        # A tick that is delayed beyond the next one is late, and makes no event of its own.
        message = f"jitterSeconds must be less than the least time between two ticks, which is {_span(gap)}."
        found.append(_problem(message, "jitterSeconds"))
    if not found and plan.first_after(now) is None:
        found.append(_never(plan))
    return found


def _problems_of_kind(plan: TickPlan, now: datetime) -> Iterator[Problem]:
    if plan.kind == CRON:
        if not 1 <= len(plan.expression) <= MOST_CHARACTERS:
            yield _problem(f"A cron expression has 1 to {MOST_CHARACTERS} characters.", "plan", "cron", "expression")
        else:
            for message in problems_of(plan.expression):
                yield _problem(message, "plan", "cron", "expression")
        if plan.timezone not in _zones():
            yield _problem(
                "There is no time zone of this name. Use a name of the IANA database, such as Europe/Berlin or UTC.",
                "plan",
                "cron",
                "timezone",
            )
    elif plan.kind == INTERVAL:
        least, most = LIMITS.schedule_interval_seconds, LIMITS.wait_seconds
        if not least <= plan.every_seconds <= most:
            yield _problem(
                f"An interval lies between {least} and {most} seconds, which is {most // DAY_SECONDS} days.",
                "plan",
                "interval",
                "everySeconds",
            )
    elif plan.at is not None and plan.at <= now:
        yield _problem("This time has passed. Write a time in the future.", "plan", "at")


def _problems_of_bounds(plan: TickPlan, now: datetime) -> Iterator[Problem]:
    named = (
        ("startsAt", plan.starts_at, ("startsAt",)),
        ("endsAt", plan.ends_at, ("endsAt",)),
        ("at", plan.at, ("plan", "at")),
    )
    for name, timestamp, path in named:
        if plan.kind == AT and name != "at" and timestamp is not None:
            yield _problem(f"{name} does not apply to a plan that ticks once. Leave out {name}.", *path)
        elif timestamp is not None and timestamp > now + MOST_AHEAD:
            yield _problem(f"{name} lies more than {MOST_YEARS} years ahead.", *path)
        elif timestamp is not None and timestamp < EPOCH and name != "at":
            yield _problem(f"{name} lies before 1970. If you need no bound, leave out {name}.", *path)
    if plan.starts_at is not None and plan.ends_at is not None and plan.starts_at >= plan.ends_at:
        yield _problem("endsAt must come after startsAt.", "endsAt")


def _never(plan: TickPlan) -> Problem:
    if plan.ends_at is not None:
        return _problem("No tick comes before endsAt. Move endsAt, or change the plan.", "endsAt")
    return _problem(f"No tick comes within {MOST_YEARS} years.", "plan", "cron", "expression")


def _problem(message: str, *path: str) -> Problem:
    return Problem("INVALID_SCHEDULE", message, path)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # Cached, because listing the zones reads several hundred files.
    return frozenset(available_timezones()) - NO_ZONES


def _shown(timestamp: datetime | None) -> str:
    return (
        timestamp.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC").replace(":00 UTC", " UTC")
        if timestamp
        else ""
    )


def _span(seconds: int) -> str:
    parts = []
    for name, size in (("day", DAY_SECONDS), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
