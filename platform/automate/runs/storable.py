"""What keeps what a step says from being stored."""

from __future__ import annotations

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.storable import json_bytes
from automate.kernel.strict_json import check_value

AROUND_LEVELS = 8
"""Levels of an output that stand around what the other side said, which has as many as any JSON from outside: ``json``, a
for_each's ``items``, the ``outputs`` of a run that was awaited. A call that was made is not to fail for them.
"""


def encoded(output: Json) -> bytes:
    return json_bytes([output])


def storable(error: NormalizedError) -> NormalizedError:
    """The error; without its words where a connector put some into it that Postgres does not take."""
    try:
        check_value(error.as_json())
    except NormalizedError:
        return NormalizedError(error.code, "The connector's own words for this error cannot be kept as JSON.")
    return error


def unstorable(output: Json) -> NormalizedError | None:
    """What keeps an output from being stored: its size, or text that Postgres does not take."""
    try:
        check_value(output, max_depth=LIMITS.json_depth + AROUND_LEVELS)
    except NormalizedError as error:
        return NormalizedError("LIMIT_EXCEEDED", f"The step's output cannot be kept: {error.message}")
    size = len(encoded(output))
    if size > LIMITS.step_output_bytes:
        return NormalizedError(
            "LIMIT_EXCEEDED",
            f"The step's output has {size} bytes of JSON; the limit step_output_bytes is {LIMITS.step_output_bytes}.",
        )
    return None
