"""Counts the runs that were created, started and ended in each hour.

The first reader of a past hour counts its runs and stores the result.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError
from automate.kernel.queries import database_now
from automate.runs.counts import queries

MOST_BUCKETS = 400
HOUR = timedelta(hours=1)
MONDAY = datetime(1970, 1, 5, tzinfo=timezone.utc)
SETTLED = timedelta(hours=1)
"""The counts of an hour are stored this long after the end of the hour. No transaction runs long enough to
change the counts after that."""
SPAN = timedelta(hours=24)
"""Hours that one statement counts."""
COUNT_SECONDS = 1.0
"""Maximum time that a reader counts. The next readers count the rest."""


@dataclass(frozen=True)
class TimeBucket:
    """The counts of runs in one time span."""

    since: datetime
    until: datetime
    counts: tuple[int, ...]
    """One number for each name in ``queries.COUNTS``, in the same order."""
    complete: bool
    """True if all started hours of the bucket are counted."""


def run_counts(since: datetime, until: datetime, width: timedelta, workflow: uuid.UUID | None) -> list[TimeBucket]:
    """Count runs in buckets of time, oldest bucket first.

    Each bucket begins at a full hour in UTC. ``width`` is the length of a bucket.

    Raises BAD_USER_INPUT if the time span is empty. Raises LIMIT_EXCEEDED if the result would have too many buckets.
    """
    if until <= since:
        raise NormalizedError(
            "BAD_USER_INPUT", f"`to` is {until.isoformat()}, which is not after `from`. Pass a later time.", path=["to"]
        )
    begin, end = _floor(since, width), _ceiling(until, width)
    buckets = (end - begin) // width
    if buckets > MOST_BUCKETS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The time from {begin.isoformat()} to {end.isoformat()} has {buckets} buckets; the maximum is {MOST_BUCKETS}. "
            "Choose a shorter time, or larger buckets with `by`.",
            details={"limit": "buckets", "maximum": MOST_BUCKETS},
            path=["to"],
        )
    return list(_buckets(begin, end, width, workflow))


def _buckets(begin: datetime, end: datetime, width: timedelta, workflow: uuid.UUID | None) -> Iterator[TimeBucket]:
    now = database_now()
    settled = min(end, max(begin, _floor(now - SETTLED, HOUR)))
    uncounted = _keep(begin, settled)
    rows = queries.kept_hours(begin, settled, workflow) if begin < settled else []
    live_until = min(end, _ceiling(now, HOUR))
    if settled < live_until:
        rows += queries.live_hours(settled, live_until, workflow)
    sums: dict[datetime, list[int]] = defaultdict(lambda: [0] * len(queries.COUNTS))
    for hour, _, *counts in rows:
        found = sums[_floor(hour, width)]
        for place, count in enumerate(counts):
            found[place] += count
    missing = {_floor(hour, width) for hour in uncounted}
    while begin < end:
        yield TimeBucket(begin, begin + width, tuple(sums[begin]), begin not in missing)
        begin += width


def _keep(begin: datetime, settled: datetime) -> Sequence[datetime]:
    # Returns the hours that still remain.
    first = queries.first_run_at()
    if first is None or begin >= settled:
        return []
    begin = max(begin, _floor(first, HOUR))
    missing = queries.missing_hours(begin, settled) if begin < settled else []
    ends = time.monotonic() + COUNT_SECONDS
    while missing and time.monotonic() < ends:
        newest = missing[0] + HOUR
        oldest = max(missing[-1], newest - SPAN)
        queries.keep_hours(oldest, newest)
        missing = [hour for hour in missing if hour < oldest]
    return missing


def _floor(timestamp: datetime, width: timedelta) -> datetime:
    return MONDAY + (timestamp.astimezone(timezone.utc) - MONDAY) // width * width


def _ceiling(timestamp: datetime, width: timedelta) -> datetime:
    floor = _floor(timestamp, width)
    return floor if floor == timestamp else floor + width
