"""Checks whether outputs and errors of steps can be stored."""

from __future__ import annotations

from contextlib import suppress

import orjson

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import JsonText, json_bytes
from automate.kernel.json_values import JsonValue
from automate.kernel.large import SMALL_BYTES, HeldJson
from automate.kernel.limits import KIB, LIMITS
from automate.kernel.storable import is_plain
from automate.kernel.strict_json import check_value

AROUND_LEVELS = 8
"""Number of JSON levels that an output can have around the answer of the other side. Examples are ``json``,
the ``items`` of a for_each, and the ``outputs`` of a child run. The answer itself can be as deep as any
external JSON. A call that has already been made must not fail because of these levels.
"""


ERROR_DETAILS_BYTES = 16 * KIB
"""Maximum bytes of JSON in an error's details. The details stay in the run's state while a worker holds the
run."""


ROW_BYTES = 2
"""Bytes that a row adds to its value."""
ITEM_AROUND_BYTES = 26
"""Bytes that the output of a for_each has in its row around the output of a single item."""


def encoded(output: HeldJson) -> bytes:
    return json_bytes([output])


def storable(error: NormalizedError) -> NormalizedError:
    """Return ``error`` in a form that can be stored. If the details are too large, they are dropped."""
    try:
        check_value(error.as_json(), max_bytes=LIMITS.step_output_bytes)
    except NormalizedError:
        return NormalizedError(
            error.code, "The call failed. The connector's message about it cannot be stored as JSON, so it is omitted."
        )
    size = len(json_bytes(error.details)) if error.details else 0
    if size > ERROR_DETAILS_BYTES:
        return NormalizedError(error.code, error.message, details={"omitted_bytes": size}, path=error.path)
    return error


def text_of(output: HeldJson, around: int = 0) -> bytes:
    """Convert an output to JSON text. ``around`` is the number of JSON levels around the output in its row.

    Raises LIMIT_EXCEEDED if the output cannot be stored, because of its size or its text.
    """
    if isinstance(output, JsonText):
        text = output.text()
    else:
        text = _plain_text_of(output, LIMITS.json_depth + AROUND_LEVELS - around)
    size = len(text) + (ITEM_AROUND_BYTES if around else ROW_BYTES)
    if size > LIMITS.step_output_bytes:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The step's output has {size} bytes of JSON; the limit step_output_bytes is {LIMITS.step_output_bytes}. Reduce the output.",
        )
    return text


def _plain_text_of(output: JsonValue, max_depth: int) -> bytes:
    text = b""
    with suppress(TypeError):
        text = orjson.dumps(output)
        if len(text) > SMALL_BYTES and b"\\u0000" not in text and is_plain(output, max_depth):
            return text
    try:
        check_value(output, max_depth=max_depth)
    except NormalizedError as error:
        raise NormalizedError("LIMIT_EXCEEDED", f"The step's output cannot be stored: {error.message}") from None
    return text or json_bytes(output)


def unstorable(output: HeldJson) -> NormalizedError | None:
    """Return the reason why an output cannot be stored. If the output can be stored, return None."""
    try:
        text_of(output)
    except NormalizedError as error:
        return error
    return None
