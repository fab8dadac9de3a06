"""The operators `before` and `after`: strict comparison of two times.

A time is RFC 3339 text. A date alone means midnight in UTC. A time without an offset is in UTC. A number is Unix time:
in seconds if the number's absolute value is below 100,000,000,000, and otherwise in milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta, timezone

from automate.kernel.json_values import JsonValue
from automate.kernel.timestamps import EPOCH, parse_timestamp
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import invalid
from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators.prepared import prepared
from automate.rules.predicate.values import brief, kind

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,]([0-9]{1,18}))?)?\s?(?:[Zz]|[+-][0-9]{2}:?[0-5][0-9])?)?"
)
MILLISECONDS_FROM = 100_000_000_000
MOST_SECONDS = 2**53
_SECOND = timedelta(seconds=1)


def instant(value: JsonValue) -> int:
    """Convert a time to nanoseconds since 1970 in UTC. Raises PredicateError if the value is not a time."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_SECONDS:
        return round(value * 1_000_000) if abs(value) >= MILLISECONDS_FROM else round(value * 1_000_000_000)
    parts = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if parts is not None:
        try:
            return _nanoseconds(parts)
        except (ValueError, OverflowError):
            pass
    what = 'is not a time; write one such as "2026-01-02T03:04:05Z"'
    raise invalid(f"{brief(value)} {what}", bare=f"{kind(value)} {what}")


def _nanoseconds(parts: re.Match[str]) -> int:
    timestamp = parse_timestamp(parts[0])
    seconds = ((timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)) - EPOCH) // _SECOND
    return seconds * 1_000_000_000 + int((parts[1] or "").ljust(9, "0")[:9])


def _compared(test: Callable[[int, int], bool]) -> Callable[[JsonValue, int, EvaluationAllowance], bool]:
    return lambda value, other, _allowance: test(instant(value), other)


OPERATORS = (
    Operator(
        "before",
        prepared(instant, _compared(int.__lt__)),
        2,
        2,
        '{"before": [time, "2026-01-02T03:04:05Z"]}',
        says=("is before", "is not before"),
    ),
    Operator(
        "after",
        prepared(instant, _compared(int.__gt__)),
        2,
        2,
        '{"after": [time, "2026-01-02T03:04:05Z"]}',
        says=("is after", "is not after"),
    ),
)
