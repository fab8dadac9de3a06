"""Checks that JSON from outside can be stored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum, auto
from itertools import chain

from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.kernel.json_values import JsonValue

_EXPONENT_FROM = 1e16
"""From this value on, a float is written with an exponent."""

_INTEGER_BOUND = 10**MAX_INTEGER_DIGITS

Path = list["str | int"]

# The place of a value: (the link of its container, its key or index); None at the root.
_Link = tuple["_Link | None", "str | int"]


class StorageFault(Enum):
    NUL = auto()
    SURROGATE = auto()
    NOT_FINITE = auto()
    TOO_MANY_DIGITS = auto()
    KEY_IS_NO_TEXT = auto()
    NO_JSON = auto()
    TOO_DEEP = auto()
    TOO_LONG = auto()


def text_fault(text: str) -> StorageFault | None:
    if "\0" in text:
        return StorageFault.NUL
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return StorageFault.SURROGATE
    return None


def scalar_fault(value: JsonValue) -> StorageFault | None:
    """Return the reason why a scalar cannot be stored as JSON. If the scalar can be stored, return None."""
    if type(value) is str:
        return text_fault(value)
    if type(value) is int:
        return None if -_INTEGER_BOUND < value < _INTEGER_BOUND else StorageFault.TOO_MANY_DIGITS
    if type(value) is float:
        return None if math.isfinite(value) else StorageFault.NOT_FINITE
    return None if type(value) is bool or value is None else StorageFault.NO_JSON


def faults(
    root: JsonValue, *, max_depth: int, max_bytes: int | None = None
) -> Iterator[tuple[Path, StorageFault, JsonValue]]:
    """Yield each fault in a JSON value: its path, its kind, and the faulty value.

    ``max_bytes`` limits the compact JSON in UTF-8. None means no limit.
    """
    size = 0
    pending: list[tuple[JsonValue, int, _Link | None]] = [(root, 0, None)]
    while pending:
        value, depth, link = pending.pop()
        if type(value) is dict or type(value) is list:
            if depth == max_depth:
                yield _path(link), StorageFault.TOO_DEEP, value
                continue
            size += 2 + max(0, len(value) - 1)
            if type(value) is dict:
                pending.extend((member, depth + 1, (link, part)) for part, member in value.items())
                for key in value:
                    fault = text_fault(key) if type(key) is str else StorageFault.KEY_IS_NO_TEXT
                    if fault is not None:
                        yield _path(link), fault, key
                    else:
                        size += 3 + text_bytes(key)
            else:
                pending.extend((member, depth + 1, (link, part)) for part, member in enumerate(value))
        else:
            fault = scalar_fault(value)
            if fault is not None:
                yield _path(link), fault, value
            else:
                size += scalar_bytes(value)
        if max_bytes is not None and size > max_bytes:
            yield [], StorageFault.TOO_LONG, None
            return


_PLAIN = frozenset([dict, list, str, int, float, bool, type(None)])
_LONG = 1 << 63


def is_plain(root: JsonValue, max_depth: int) -> bool:
    """Return True if a quick check finds no fault. The check ignores NUL characters and unpaired surrogates.

    If the result is False, ``faults`` must check the value.
    """
    level: list[JsonValue] = [root]
    for _ in range(max_depth):
        kinds = set(map(type, level))
        if not kinds <= _PLAIN:
            return False
        if float in kinds and not all(math.isfinite(value) for value in level if type(value) is float):
            return False
        if int in kinds and not all(-_LONG < value < _LONG for value in level if type(value) is int):
            return False
        objects = [value for value in level if type(value) is dict and value]
        if not set(map(type, chain.from_iterable(objects))) <= {str}:
            return False
        lists = [value for value in level if type(value) is list and value]
        level = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(lists)))
        if not level:
            return True
    return False


def as_kept(value: JsonValue) -> JsonValue:
    """Return the value that PostgreSQL would return if ``value`` were stored as ``jsonb``."""
    if type(value) is dict:
        return {key: as_kept(value[key]) for key in sorted(value, key=_place)}
    if type(value) is list:
        return [as_kept(item) for item in value]
    if type(value) is float and abs(value) >= _EXPONENT_FROM:
        # numeric has no exponent.
        literal = f"{Decimal(repr(value)):f}"
        return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else value
    # numeric has no negative zero.
    return value + 0.0 if type(value) is float else value


def _place(key: str) -> tuple[int, bytes]:
    text = key.encode()
    return len(text), text


def text_bytes(text: str) -> int:
    """Return the number of bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def scalar_bytes(value: JsonValue) -> int:
    if type(value) is str:
        return 2 + text_bytes(value)
    if type(value) is int:
        return len(str(value))
    if type(value) is float:
        return len(repr(value))
    return 5 if value is False else 4


def _path(link: _Link | None) -> Path:
    parts: Path = []
    while link is not None:
        link, part = link
        parts.append(part)
    return parts[::-1]
