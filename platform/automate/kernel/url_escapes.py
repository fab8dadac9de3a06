"""Search for a value in URLs or forms, whichever of its characters are escaped.

Clients differ in what they escape: ``*`` and ``~``, letters or none, ``%2F`` or ``%2f``, a space as ``%20`` or as
``+``. So all variants are searched at once. Not found: a value with a ``%`` that is not escaped while other
characters are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import unquote_to_bytes


class Escapable:
    """One value, prepared for the search."""

    def __init__(self, value: str) -> None:
        self._value = value
        self.canonical = _canonical(_bytes(value))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that finds the value. It is built only for a value that was found, because it takes long for a long value."""
        return re.compile("".join(map(_alternatives, self._value)), re.DOTALL)


def escaped_in(text: str, values: Sequence[Escapable]) -> list[re.Pattern[str]]:
    """The patterns of those values whose escaped forms may occur in the text; empty if the text has no escapes."""
    if "%" not in text and "+" not in text:
        return []
    unescaped = _canonical(unquote_to_bytes(_bytes(text)))
    return [value.pattern for value in values if value.canonical in unescaped]


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _canonical(unescaped: bytes) -> bytes:
    """The value and the text in one form: a plus that is not escaped may stand for a space."""
    return unescaped.replace(b"+", b" ")


def _alternatives(character: str) -> str:
    escaped = "".join(f"%{_digit(byte >> 4)}{_digit(byte & 15)}" for byte in _bytes(character))
    plus = r"|\+" if character == " " else ""
    return f"(?:{escaped}|{re.escape(character)}{plus})"


def _digit(value: int) -> str:
    digit = f"{value:X}"
    return digit if digit.isdecimal() else f"[{digit}{digit.lower()}]"
