"""JSON as text: values that stay text until they are read, and the exact way to read text that PostgreSQL writes."""

from __future__ import annotations

import json
import re
from abc import abstractmethod

import orjson

from automate.kernel.errors import Json

MAX_INTEGER_DIGITS = 308
"""Any integer of so many digits is still a double, if not an exact one."""

_MAY_BE_LONG = re.compile(r"\d{19}")


class JsonText:
    """Base class of values that ``json_bytes`` writes as they are."""

    # No ABC: each value of each call is asked whether it is one, and isinstance of an ABC takes three times as long.
    __slots__ = ()

    @abstractmethod
    def text(self) -> bytes:
        """The value as UTF-8 JSON."""

    def value(self) -> Json:
        """The value, parsed again at each call."""
        return value_of(self.text().decode())


class Encoded(JsonText):
    """A value that has been encoded already."""

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
    """A jsonb value from the text that PostgreSQL writes. Integers stay exact: orjson makes floats of those past 64 bits."""
    return json.loads(text, parse_int=_integer) if _MAY_BE_LONG.search(text) else orjson.loads(text)


def _integer(literal: str) -> int | float:
    # A large float has no exponent in jsonb.
    return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else float(literal)
