"""Writes JSON, and parses JSON without changing large integers."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from dataclasses import is_dataclass
from datetime import datetime
from uuid import UUID

import orjson

from automate.kernel.canonical import canonical_json
from automate.kernel.json_values import JsonValue

MAX_INTEGER_DIGITS = 308
"""An integer with this many digits is in the range of a double, although a double does not store it exactly."""

_MAY_BE_LONG = re.compile(r"\d{19}")


class JsonText:
    """A JSON value as text."""

    # No ABC: each value of each call is checked, and isinstance of an ABC takes three times as long.
    __slots__ = ()

    @abstractmethod
    def text(self) -> bytes:
        """Return the value as JSON text in UTF-8."""

    def value(self) -> JsonValue:
        """Return the parsed value."""
        return value_of(self.text().decode())


class Encoded(JsonText):
    """A JSON value as UTF-8 text."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def text(self) -> bytes:
        return self._text


def json_bytes(value: object, *, strict: bool = False) -> bytes:
    """Encode a value as compact JSON in UTF-8. Integers can have any size. Ids and timestamps become text.

    - ``strict``: raise ValueError for a lone surrogate. By default, a lone surrogate is escaped.
    """
    try:
        return orjson.dumps(value, default=_fragment_of)
    except TypeError:
        # orjson writes no integers of more than 64 bits.
        default = _parsed if strict else _parsed_or_text
        return json.dumps(
            value, ensure_ascii=not strict, separators=(",", ":"), allow_nan=not strict, default=default
        ).encode()


def json_string(value: object) -> str:
    return json_bytes(value).decode()


def sorted_json(value: object) -> bytes:
    """Encode a value as JSON, with sorted keys. Equal values give equal bytes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return canonical_json(value)


def indented_json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _fragment_of(value: object) -> orjson.Fragment:
    if isinstance(value, JsonText):
        return orjson.Fragment(value.text())
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parsed(value: object) -> JsonValue:
    if isinstance(value, JsonText):
        return value.value()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parsed_or_text(value: object) -> JsonValue:
    if isinstance(value, JsonText | datetime):
        return _parsed(value)
    return vars(value) if is_dataclass(value) else str(value)


def value_of(text: str) -> JsonValue:
    """Parse the text of a jsonb value from PostgreSQL. Integers stay exact."""
    value: JsonValue = json.loads(text, parse_int=_integer) if _MAY_BE_LONG.search(text) else orjson.loads(text)
    return value


def _integer(literal: str) -> int | float:
    # jsonb writes a large float without an exponent.
    return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else float(literal)
