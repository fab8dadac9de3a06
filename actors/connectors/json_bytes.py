"""JSON as connectors send it."""

from __future__ import annotations

import json

import orjson

from actors.connectors.inputs import input_problem
from automate.kernel.errors import Json


def json_bytes(value: Json, field: str) -> bytes:
    """Its compact JSON in UTF-8, integers of any size as they are.

    field: where it stands in the step's input. Raises ConnectorError BAD_USER_INPUT.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        pass
    try:
        # An integer past 64 bits, which orjson does not write.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise input_problem(field, f"{field} holds what JSON cannot carry, such as half of a surrogate pair.") from None
