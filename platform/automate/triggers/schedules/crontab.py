"""Computes the ticks of a cron expression in a time zone.

If neither the minutes nor the hours begin with ``*``, the expression lists times of day, and ticks once a day at each
of these times. Any other expression ticks whenever the clock shows a matching time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from automate.kernel.errors import NormalizedError

MOST_YEARS = 10
"""An expression without a tick within this many years never ticks. Two leap days are at most eight years apart."""
_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=timezone.utc)


def problems_of(expression: str) -> list[str]:
    """Return the faults of a cron expression."""
    fields = _spelled_out(expression).split()
    if len(fields) != len(_FIELDS):
        wanted = f"{', '.join(_FIELDS[:-1])} and {_FIELDS[-1]}"
        return [f"Write five fields, for {wanted}, such as 30 2 * * MON-FRI, or one of {', '.join(_NAMED)}."]
    found = [
        f"{text!r} is no {name}." for place, name in enumerate(_FIELDS) if not _is_field(place, text := fields[place])
    ]
    if not found and _simulated(" ".join(fields)) is None:
        found = ["None of these months has such a day; correct the day or the month."]
    return found


def _is_field(place: int, text: str) -> bool:
    return _simulated(" ".join(text if n == place else "*" for n in range(len(_FIELDS)))) is not None


def _simulated(expression: str) -> CronSim | None:
    try:
        return CronSim(expression, _ANY_TIME)
    except (CronSimError, AssertionError):
        # AssertionError: a step begins with something other than a number.
        return None


def _spelled_out(expression: str) -> str:
    return _NAMED.get(expression.strip().lower(), expression)


class Crontab:
    """The ticks of a valid cron expression in a time zone."""

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        fields = _spelled_out(expression).split()
        self._days = CronSim(" ".join(fields), _ANY_TIME)
        self._minutes, self._hours = sorted(self._days.minutes), sorted(self._days.hours)
        self._zone = zone
        self._times_of_day = not any(field.startswith("*") for field in fields[:2])

    @property
    def sentence(self) -> str:
        words: str = self._days.explain()
        return words

    @property
    def least_gap_seconds(self) -> int:
        """The smallest gap between two ticks, in seconds. Days with a clock change are ignored."""
        minutes = [hour * 60 + minute for hour in self._hours for minute in self._minutes]
        return 60 * min(later - sooner for sooner, later in pairwise([*minutes, minutes[0] + _DAY // _MINUTE]))

    def after(self, timestamp: datetime) -> Iterator[datetime]:
        """Yield all ticks later than ``timestamp``, the earliest tick first. The ticks are in UTC."""
        last = timestamp
        for day in self._days_from((timestamp - _DAY).astimezone(self._zone).date()):
            for tick in self._of_times(day) if self._times_of_day else self._of_repeats(day, last):
                if tick > last:
                    last = tick
                    yield tick

    def is_asked_for(self, local: datetime) -> bool:
        # If the clock skips 02:30, the tick comes at 03:00, which the expression may not name.
        return local.hour in self._days.hours and local.minute in self._days.minutes

    def _days_from(self, day: date) -> Iterator[date]:
        # If the clock repeats an hour around midnight, this hour belongs to two days.
        ends, before, this = day.year + MOST_YEARS, self._matches(day - _DAY), self._matches(day)
        while day.year <= ends:
            following = self._matches(day + _DAY)
            if before or this or following:
                ends = day.year + MOST_YEARS
                yield day
            day, before, this = day + _DAY, this, following

    def _matches(self, day: date) -> bool:
        return day.month in self._days.months and bool(self._days.match_day(day))

    def _of_times(self, day: date) -> Iterator[datetime]:
        if self._matches(day):
            for hour in self._hours:
                for minute in self._minutes:
                    yield self._first_timestamp(datetime.combine(day, time(hour, minute)))

    def _first_timestamp(self, naive: datetime) -> datetime:
        # If the clock skips the time: the first time after the change.
        local = naive.replace(tzinfo=self._zone)
        while _is_leapt_over(local):
            local += _MINUTE
        return local.astimezone(timezone.utc)

    def _of_repeats(self, day: date, after: datetime) -> Iterator[datetime]:
        begins, ends = self._midnight(day), self._midnight(day + _DAY)
        if ends - begins != _DAY or self._offset(begins) != self._offset(ends):
            for number in range((ends - begins) // _MINUTE):
                local = (begins + number * _MINUTE).astimezone(self._zone)
                if self._matches(local.date()) and self.is_asked_for(local):
                    yield local.astimezone(timezone.utc)
        elif self._matches(day):
            for hour in self._hours:
                if begins + timedelta(hours=hour + 1) > after:
                    for minute in self._minutes:
                        yield begins + timedelta(hours=hour, minutes=minute)

    def _offset(self, timestamp: datetime) -> timedelta | None:
        return timestamp.astimezone(self._zone).utcoffset()

    def _midnight(self, day: date) -> datetime:
        # The clock may change at midnight.
        return datetime.combine(day, time(), tzinfo=self._zone).astimezone(timezone.utc)


def _is_leapt_over(local: datetime) -> bool:
    return local.astimezone(timezone.utc).astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)


@lru_cache(maxsize=512)
def crontab(expression: str, timezone_name: str) -> Crontab:
    """Return the ``Crontab`` of an expression. The returned objects are cached.

    Raises ValueError for an invalid expression. Raises INVALID_SCHEDULE if this machine does not know the time zone.
    """
    # To parse an expression takes as long as to compute several ticks.
    return Crontab(expression, zone_of(timezone_name))


def zone_of(name: str) -> ZoneInfo:
    """Find a time zone. Raises INVALID_SCHEDULE if this machine does not know the time zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise NormalizedError(
            "INVALID_SCHEDULE",
            f"This machine does not know the time zone {name} any more. Save the schedule with another time zone, or update the "
            "package tzdata of the machine.",
            details={"timezone": name},
            path=["plan", "cron", "timezone"],
        ) from None
