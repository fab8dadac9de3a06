"""Encodes values as JSON for the requests of connectors."""

from __future__ import annotations

from actors.connectors.inputs import input_problem
from automate.kernel import json_text as kernel_json
from automate.kernel.json_values import JsonValue


def json_bytes(value: JsonValue, field: str) -> bytes:
    """Encode a value as compact JSON in UTF-8. Errors name ``field``, the input field that contains the value.

    Raises BAD_USER_INPUT if JSON cannot represent the value.
    """
    try:
        return kernel_json.json_bytes(value, strict=True)
    except (TypeError, ValueError, RecursionError):
        raise input_problem(
            field, f"{field} contains a value that JSON cannot represent, such as half of a surrogate pair. Remove it."
        ) from None
