"""Encodes parameters for URLs and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from actors.connectors.json_bytes import json_bytes
from automate.kernel.json_values import JsonValue


def with_query(url: str, parameters: Mapping[str, JsonValue], more: Sequence[tuple[str, str]] = ()) -> str:
    # Behind the parameters that the URL already has.
    if not parameters and not more:
        return url
    base, _, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{urlencoded(parameters, more)}" + (f"#{fragment}" if fragment else "")


def urlencoded(parameters: Mapping[str, JsonValue], more: Sequence[tuple[str, str]] = ()) -> str:
    """Encode parameters for a URL. A list becomes several parameters with the same name."""
    pairs = [
        (name, scalar(item))
        for name, value in parameters.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return urlencode([*pairs, *more], errors="replace")


def scalar(value: JsonValue) -> str:
    return value if isinstance(value, str) else json_bytes(value, "with").decode()
