"""JSON as connectors send it."""

from __future__ import annotations

import json

import orjson

from actors.connectors.inputs import input_problem
from automate.kernel.errors import Json


def json_bytes(value: Json, field: str) -> bytes:
    """Encode a value as compact JSON in UTF-8. ``field`` is the input field. Raises BAD_USER_INPUT."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        pass
    try:
        # orjson does not write integers of more than 64 bits.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise input_problem(
            field, f"{field} contains a value that JSON cannot represent, such as half of a surrogate pair. Remove it."
        ) from None
