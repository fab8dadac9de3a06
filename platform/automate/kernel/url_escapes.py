"""Finds a value in URLs and in form data, even if characters of the value are escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import unquote_to_bytes


class Escapable:
    """Finds a value in texts. A text can contain the value in any URL-escaped form."""

    def __init__(self, value: str) -> None:
        self._value = value
        self.canonical = _canonical(_bytes(value))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that finds the value in any escaped form."""
        return re.compile("".join(map(_alternatives, self._value)), re.DOTALL)


def escaped_in(text: str, values: Sequence[Escapable]) -> list[re.Pattern[str]]:
    # Empty for a text without escapes.
    if "%" not in text and "+" not in text:
        return []
    unescaped = _canonical(unquote_to_bytes(_bytes(text)))
    return [value.pattern for value in values if value.canonical in unescaped]


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _canonical(unescaped: bytes) -> bytes:
    # In a form, a plus sign and a space are equal.
    return unescaped.replace(b"+", b" ")


def _alternatives(character: str) -> str:
    escaped = "".join(f"%{_digit(byte >> 4)}{_digit(byte & 15)}" for byte in _bytes(character))
    plus = r"|\+" if character == " " else ""
    return f"(?:{escaped}|{re.escape(character)}{plus})"


def _digit(value: int) -> str:
    digit = f"{value:X}"
    return digit if digit.isdecimal() else f"[{digit}{digit.lower()}]"
