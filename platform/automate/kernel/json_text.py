"""JSON as text: values that are parsed only when they are read, and the exact parser for text of PostgreSQL."""

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
    """Base class of values that are already JSON text; ``json_bytes`` writes them unchanged."""

    # No ABC: each value of each call is checked, and isinstance of an ABC takes three times as long.
    __slots__ = ()

    @abstractmethod
    def text(self) -> bytes:
        """The value as UTF-8 JSON."""

    def value(self) -> Json:
        """The value, parsed at each call."""
        return value_of(self.text().decode())


class Encoded(JsonText):
    """A value that is already encoded."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def text(self) -> bytes:
        return self._text


def fragment_of(value: object) -> orjson.Fragment:
    """The ``default`` hook of orjson. Raises TypeError for other types."""
    if isinstance(value, JsonText):
        return orjson.Fragment(value.text())
    raise TypeError(f"{type(value).__name__} is not JSON")


def parsed_or_text(value: object) -> Json:
    """The ``default`` hook of the slower encoder: ids and times become text."""
    return value.value() if isinstance(value, JsonText) else str(value)


def value_of(text: str) -> Json:
    """A jsonb value from PostgreSQL's text.

    Integers stay exact: orjson turns integers of more than 64 bits into floats.
    """
    return json.loads(text, parse_int=_integer) if _MAY_BE_LONG.search(text) else orjson.loads(text)


def _integer(literal: str) -> int | float:
    # jsonb writes a large float without an exponent.
    return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else float(literal)
