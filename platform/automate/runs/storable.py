"""What keeps what a step says from being stored."""

from __future__ import annotations

from contextlib import suppress

import orjson

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import JsonText
from automate.kernel.large import SMALL_BYTES
from automate.kernel.limits import KIB, LIMITS
from automate.kernel.storable import is_plain, json_bytes
from automate.kernel.strict_json import check_value

AROUND_LEVELS = 8
"""Levels of an output that stand around what the other side said, which has as many as any JSON from outside: ``json``, a
for_each's ``items``, the ``outputs`` of a run that was awaited. A call that was made is not to fail for them.
"""


ERROR_DETAILS_BYTES = 16 * KIB
"""Of JSON in the details of an error: each stands in its run's state as long as the run is in hand."""


ROW_BYTES = 2
"""That a row puts around its value."""
ITEM_AROUND_BYTES = 26
"""That the output of a for_each, in its row, puts around the output of its only item."""


def encoded(output: Json) -> bytes:
    return json_bytes([output])


def storable(error: NormalizedError) -> NormalizedError:
    """The error; without its words where a connector put some into it that Postgres does not take, and without details
    that are too large.
    """
    try:
        check_value(error.as_json(), max_bytes=LIMITS.step_output_bytes)
    except NormalizedError:
        return NormalizedError(error.code, "The connector's own words for this error cannot be kept as JSON.")
    size = len(json_bytes(error.details)) if error.details else 0
    if size > ERROR_DETAILS_BYTES:
        return NormalizedError(error.code, error.message, details={"omitted_bytes": size}, path=error.path)
    return error


def text_of(output: Json, around: int = 0) -> bytes:
    """An output as JSON text. around: levels that will stand around it. Raises NormalizedError LIMIT_EXCEEDED where its size or its text keeps it from being stored."""
    if isinstance(output, JsonText):
        text = output.text()
    else:
        text = _plain_text_of(output, LIMITS.json_depth + AROUND_LEVELS - around)
    size = len(text) + (ITEM_AROUND_BYTES if around else ROW_BYTES)
    if size > LIMITS.step_output_bytes:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The step's output has {size} bytes of JSON; the limit step_output_bytes is {LIMITS.step_output_bytes}.",
        )
    return text


def _plain_text_of(output: Json, max_depth: int) -> bytes:
    text = b""
    with suppress(TypeError):
        text = orjson.dumps(output)
        if len(text) > SMALL_BYTES and b"\\u0000" not in text and is_plain(output, max_depth):
            return text
    try:
        check_value(output, max_depth=max_depth)
    except NormalizedError as error:
        raise NormalizedError("LIMIT_EXCEEDED", f"The step's output cannot be kept: {error.message}") from None
    return text or json_bytes(output)


def unstorable(output: Json) -> NormalizedError | None:
    """Why an output cannot be stored; None where it can."""
    try:
        text_of(output)
    except NormalizedError as error:
        return error
    return None
