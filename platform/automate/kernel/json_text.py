"""JSON that stays text until it is read, and a parser for exact integers."""

from __future__ import annotations

import json
import re
from abc import abstractmethod

import orjson

from automate.kernel.errors import Json

MAX_INTEGER_DIGITS = 308
"""An integer with this many digits still fits into a double, though not exactly."""

_MAY_BE_LONG = re.compile(r"\d{19}")


class JsonText:
    """A JSON value as text."""

    # No ABC: each value of each call is checked, and isinstance of an ABC takes three times as long.
    __slots__ = ()

    @abstractmethod
    def text(self) -> bytes:
        """Return the value as JSON text in UTF-8."""

    def value(self) -> Json:
        """Return the parsed value."""
        return value_of(self.text().decode())


class Encoded(JsonText):
    """A JSON value as UTF-8 text."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def text(self) -> bytes:
        return self._text


def fragment_of(value: object) -> orjson.Fragment:
    # For orjson's `default` option. Raises TypeError for other types.
    if isinstance(value, JsonText):
        return orjson.Fragment(value.text())
    raise TypeError(f"{type(value).__name__} is not JSON")


def parsed_or_text(value: object) -> Json:
    return value.value() if isinstance(value, JsonText) else str(value)


def value_of(text: str) -> Json:
    """Parse the text of a jsonb value from PostgreSQL. Integers stay exact."""
    return json.loads(text, parse_int=_integer) if _MAY_BE_LONG.search(text) else orjson.loads(text)


def _integer(literal: str) -> int | float:
    # jsonb writes a large float without an exponent.
    return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else float(literal)
