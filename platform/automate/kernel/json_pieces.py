"""Parses large JSON in pieces, so that other threads run in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import orjson

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import KIB

PIECE_BYTES = 32 * KIB
"""A piece takes less than a millisecond, for any content."""
_OPEN_MEMBER = b'{"\\u0000":'
"""Stands for an object and the name of its open member. No accepted body has this name, because no accepted string
contains a NUL."""
_NUL = "\0"
_OBJECT = ord("{")
_OPENING, _CLOSING = (b"", b"[", b"{"), (b"", b"]", b"}")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_OPENERS_TO_TWO = bytes(2 if byte in b"[{" else 0 for byte in range(256))


class NotPlainError(ValueError):
    """The error for a body that cannot be parsed in pieces."""


class TooManyValuesError(ValueError):
    """The body has more values than the caller accepts."""


def without_escapes(body: bytes) -> bytes:
    # Escaped quotes and backslashes become two underscores. Then each quote starts or ends a string.
    return body.replace(b"\\\\", b"__").replace(b'\\"', b"__") if b"\\" in body else body


def outside_strings(body: bytes) -> Iterator[bytes]:
    body, inside = without_escapes(body), 0
    for start in range(0, len(body), PIECE_BYTES):
        parts = body[start : start + PIECE_BYTES].split(b'"')
        yield b"".join(parts[inside::2])
        inside ^= (len(parts) - 1) & 1


@dataclass
class Extent:
    """The depth of a JSON document, and its number of values."""

    depth: int = 0
    deepest: int = 0
    values: int = 1

    def add(self, outside: bytes, brackets: bytes) -> None:
        turns = brackets.translate(_OPENERS_TO_TWO)
        depths = list(accumulate(map((-1).__add__, turns), initial=self.depth))
        self.depth, self.deepest = depths[-1], max(self.deepest, *depths)
        self.values += turns.count(2) + outside.count(b",")


def extent_of(body: bytes) -> Extent:
    extent = Extent()
    for outside in outside_strings(body):
        extent.add(outside, _brackets(outside))
    return extent


def _brackets(outside: bytes) -> bytes:
    return outside.translate(None, _NOT_BRACKETS)


def parse(body: bytes, max_depth: int, max_values: float) -> JsonValue:
    """Parse a body in pieces.

    Raises TooManyValuesError for too many values. Raises NotPlainError if the body is not JSON, is nested too deep, or
    contains an object with a repeated key.
    """
    tree = _Tree(max_depth, max_values)
    masked, start = without_escapes(body), 0
    while start <= len(body):
        end = _cut(masked, start, max_depth)
        tree.add(body[start:end], masked[start:end], last=end == len(body))
        start = end + 1
    return tree.root


def _cut(masked: bytes, start: int, max_depth: int) -> int:
    # `start` is outside of strings.
    size = PIECE_BYTES
    while start + size < len(masked):
        end = start + size
        if masked.count(b'"', start, end) % 2:
            end = masked.rfind(b'"', start, end)
        while (comma := masked.rfind(b",", start, end)) >= 0:
            if masked.count(b'"', comma, end) % 2 == 0:
                return comma
            end = masked.rfind(b'"', start, comma)
        # Without a comma, a value is one string or number within brackets, and each bracket may follow a name.
        if masked.count(b'"', start, start + size) > 4 * max_depth:
            raise NotPlainError
        if len(_brackets(b"".join(masked[start : start + size].split(b'"')[::2]))) > 2 * max_depth:
            raise NotPlainError
        size *= 2
    return len(masked)


class _Tree:
    def __init__(self, max_depth: int, max_values: float) -> None:
        self.root: JsonValue = None
        self._max_depth, self._max_values = max_depth, max_values
        self._extent = Extent()
        self._opened = b""
        """The open brackets, outermost first."""
        self._containers: list[list[JsonValue] | dict[str, JsonValue]] = []
        """The lists and objects of these brackets."""

    def add(self, piece: bytes, masked: bytes, *, last: bool) -> None:
        begun, bare = bool(self._opened), piece.strip(b" \t\r\n")
        # The comma at a cut separates two values. orjson sees neither this comma nor the text after it.
        if (begun and bare[:1] in _CLOSING) or (not last and bare[-1:] in _OPENING):
            raise NotPlainError
        outside = b"".join(masked.split(b'"')[::2])
        brackets = _brackets(outside)
        self._extent.add(outside + b"," * begun, brackets)
        if self._extent.deepest > self._max_depth:
            raise NotPlainError
        if self._extent.values > self._max_values:
            raise TooManyValuesError
        closed, opened = _unmatched(brackets)
        kept = len(self._opened) - closed
        after = self._opened[: max(0, kept)] + opened
        # Exactly the last piece ends the value.
        if kept < 0 or last == bool(after):
            raise NotPlainError
        self._merge(_parsed(self._opened, piece, after), begun=begun)
        self._follow(kept, after)

    def _merge(self, part: JsonValue, *, begun: bool) -> None:
        # `part` contains a list or object for each open list or object, with the new values.
        if not begun:
            self.root = part
        innermost = len(self._containers) - 1
        for place, container in enumerate(self._containers):
            inner: JsonValue = None
            if isinstance(container, list) and isinstance(part, list):
                if place < innermost:
                    inner = part.pop(0)
                container.extend(part)
            elif isinstance(container, dict) and isinstance(part, dict):
                if place < innermost:
                    inner = part.pop(_NUL)
                size = len(container) + len(part)
                container.update(part)
                if len(container) != size:
                    raise NotPlainError
            part = inner

    def _follow(self, kept: int, after: bytes) -> None:
        # `kept`: the number of containers that are still open. `after`: the brackets that are open after the piece.
        del self._containers[kept:]
        for _ in after[kept:]:
            outer = self._containers[-1] if self._containers else [self.root]
            last = outer[-1] if isinstance(outer, list) else next(reversed(outer.values()))
            if isinstance(last, (list, dict)):
                self._containers.append(last)
        self._opened = after


def _unmatched(brackets: bytes) -> tuple[int, bytes]:
    # Raises NotPlainError if two brackets do not match.
    size = -1
    while size != len(brackets):
        size = len(brackets)
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    opened = brackets.lstrip(b"]}")
    if opened.translate(None, b"[{"):
        raise NotPlainError
    return len(brackets) - len(opened), opened


def _parsed(before: bytes, piece: bytes, after: bytes) -> JsonValue:
    opening = [_OPEN_MEMBER if bracket == _OBJECT else b"[" for bracket in before[:-1]]
    closing = [b"}" if bracket == _OBJECT else b"]" for bracket in reversed(after)]
    whole = b"".join((*opening, before[-1:], piece, *closing))
    value: JsonValue = orjson.loads(whole)
    # A repeated key in an object has removed its colon.
    if whole.count(b":") != orjson.dumps(value).count(b":"):
        raise NotPlainError
    return value
