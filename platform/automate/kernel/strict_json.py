"""Parses JSON from outside. Refuses JSON that PostgreSQL or JavaScript would read differently than Python.

Duplicate keys, NUL, lone surrogates, NaN, byte order marks, deep nesting and very large numbers are refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from json import scanner
from typing import NoReturn

import orjson

from automate.kernel import json_pieces
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.storable import StorageFault, faults

MAX_SHOWN = 64
AT_ONCE_BYTES = 2 * json_pieces.PIECE_BYTES
"""A longer body is parsed in pieces."""

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))

# An unclosed string runs to the end: a pattern that could fail there would be tried again at every quote.
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
_TOKEN = re.compile(rf"(?P<string>{_STRING})(?P<colon>\s*:)?|[{{}}\[\],]", re.DOTALL)
_STRING_OR_WORD = re.compile(rf"{_STRING}|[-+.\w]+", re.DOTALL)

# orjson turns an integer of more than 64 bits into a float. With every digit replaced by a zero, a run of digits is a
# plain search.
_DIGITS_TO_ZERO = bytes(ord("0") if byte in b"0123456789" else byte for byte in range(256))
_UNSIGNED_RUN = b"0" * 20
_NEGATIVE_RUN = b"-" + b"0" * 19


def loads(
    body: bytes,
    *,
    max_bytes: int = LIMITS.event_bytes,
    max_depth: int = LIMITS.json_depth,
    max_values: float = math.inf,
) -> JsonValue:
    """Parse a JSON body. ``max_depth`` is at most 200. Raises PAYLOAD_TOO_LARGE, INVALID_JSON."""
    if len(body) > max_bytes:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"The body has {len(body)} bytes; the maximum is {max_bytes}. Send less data, or a link to the data.",
            details={"bytes": len(body), "max_bytes": max_bytes},
        )
    try:
        if len(body) > AT_ONCE_BYTES:
            if _may_be_plain(body):
                return json_pieces.parse(body, max_depth, max_values)
        else:
            value: JsonValue = orjson.loads(body)
            if _is_plain(body, value, max_depth):
                return value
    except json_pieces.TooManyValuesError:
        raise _too_many_values(max_values) from None
    except (json_pieces.NotPlainError, orjson.JSONDecodeError):
        pass
    return _loads_exactly(body, max_depth, max_values)


def check_value(value: JsonValue, *, max_bytes: int = LIMITS.event_bytes, max_depth: int = LIMITS.json_depth) -> None:
    """Check a parsed value against the limits of ``loads``.

    ``max_bytes`` is the maximum size of the value, as compact JSON in UTF-8.

    Raises PAYLOAD_TOO_LARGE or BAD_USER_INPUT.
    """
    _check("BAD_USER_INPUT", value, max_bytes, max_depth)


def _is_plain(body: bytes, value: JsonValue, max_depth: int) -> bool:
    # If an object repeats a key, the result has fewer colons than the body. False if an escape may stand for a colon.
    if body.count(b"[") + body.count(b"{") > max_depth and json_pieces.extent_of(body).deepest > max_depth:
        return False
    return _may_be_plain(body) and body.count(b":") == orjson.dumps(value).count(b":")


def _may_be_plain(body: bytes) -> bool:
    if b"\\u00" in body and (b"\\u0000" in body or b"\\u003a" in body or b"\\u003A" in body):
        return False
    return not _has_long_integer(body)


def _has_long_integer(body: bytes) -> bool:
    zeros = body.translate(_DIGITS_TO_ZERO)
    if _UNSIGNED_RUN in zeros or _NEGATIVE_RUN in zeros:
        # Without the join, a run that is split between two pieces would be missed.
        zeros = b"".join(json_pieces.outside_strings(zeros))
        return _UNSIGNED_RUN in zeros or _NEGATIVE_RUN in zeros
    return False


def _loads_exactly(body: bytes, max_depth: int, max_values: float) -> JsonValue:
    # Raises the error for a fault with its message.
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            _refuse(f"the body starts with a {encoding} byte order mark; send plain UTF-8 without one", offset=0)
    if not body.strip(b" \t\r\n"):
        _refuse("the body is empty; send a JSON value", offset=0)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        _refuse(f"the body is not UTF-8 at byte {error.start}; encode it as UTF-8", offset=error.start)
    extent = json_pieces.extent_of(body)
    if extent.deepest > max_depth:
        raise _too_deep("INVALID_JSON", max_depth, ())
    if len(body) > AT_ONCE_BYTES and extent.values > max_values:
        raise _too_many_values(max_values)
    value = _parse(text)
    _check("INVALID_JSON", value, None, max_depth)
    return value


def _parse(text: str) -> JsonValue:
    def integer(literal: str) -> int:
        if len(literal.lstrip("-")) > MAX_INTEGER_DIGITS:
            at = _offset_of(text, literal)
            _refuse(f"the integer at character {at} has more than {MAX_INTEGER_DIGITS} digits; send it as text", at)
        return int(literal)

    def real(literal: str) -> float:
        number = float(literal)
        if math.isinf(number):
            at = _offset_of(text, literal)
            _refuse(f"the number {literal[:24]} at character {at} is too large for a double; send it as text", at)
        return number

    def constant(literal: str) -> NoReturn:
        at = _offset_of(text, literal)
        _refuse(f"{literal} at character {at} is not JSON; send null or a finite number", at)

    def unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _duplicate(text)
        return members

    decoder = json.JSONDecoder(object_pairs_hook=unique, parse_int=integer, parse_float=real, parse_constant=constant)
    if len(text) > AT_ONCE_BYTES:
        # Python's own scanner is slower than the one in C, and lets other threads run.
        decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined] # typeshed leaves out json's scanner in Python
    try:
        value: JsonValue = decoder.decode(text)
    except json.JSONDecodeError as error:
        what = "text follows the end of the JSON value" if error.msg == "Extra data" else error.msg
        raise NormalizedError(
            "INVALID_JSON",
            f"the body is not JSON: {what}, at line {error.lineno} column {error.colno} (character {error.pos})",
            details={"offset": error.pos, "line": error.lineno, "column": error.colno},
        ) from None
    return value


def _refuse(message: str, offset: int) -> NoReturn:
    raise NormalizedError("INVALID_JSON", message, details={"offset": offset})


def _offset_of(text: str, literal: str) -> int:
    return next((word.start() for word in _STRING_OR_WORD.finditer(text) if word[0] == literal), 0)


def _duplicate(text: str) -> NormalizedError:
    names: list[set[str] | None] = []  # per open container: the keys so far, None for an array
    path: list[str | int] = []
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "{[":
            names.append(set() if first == "{" else None)
            path.append(0)
        elif first in "}]":
            names.pop()
            path.pop()
        elif first == "," and names[-1] is None:
            path[-1] = int(path[-1]) + 1
        elif token["colon"]:
            seen, name = names[-1] or set(), json.loads(token["string"], strict=False)
            path[-1] = name
            if name in seen:
                break
            seen.add(name)
            names[-1] = seen
    message = (
        f"the key {_shown(str(path[-1]))} at character {token.start()} occurs twice in one object; send each key once"
    )
    return NormalizedError("INVALID_JSON", message, details={"offset": token.start()}, path=path)


def _shown(text: str) -> str:
    short = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return json.dumps(short, ensure_ascii=not text.isprintable())


_WORDS = {
    StorageFault.NUL: "contains a NUL character (\\u0000), which the database cannot store; remove it",
    StorageFault.SURROGATE: "contains half of a surrogate pair (\\ud800 to \\udfff); send whole characters",
    StorageFault.NOT_FINITE: "is not a finite number; send null or a finite one",
    StorageFault.TOO_MANY_DIGITS: f"is an integer of more than {MAX_INTEGER_DIGITS} digits; send it as text",
    StorageFault.KEY_IS_NO_TEXT: "has a key of type {kind}; use text",
    StorageFault.NO_JSON: "is not a JSON value but a {kind}",
}


def _check(code: str, root: JsonValue, max_bytes: int | None, max_depth: int) -> None:
    for path, fault, value in faults(root, max_depth=max_depth, max_bytes=max_bytes):
        if fault is StorageFault.TOO_LONG:
            raise NormalizedError(
                "PAYLOAD_TOO_LARGE",
                f"the value is longer than {max_bytes} bytes; send less data, or a link to the data",
                details={"max_bytes": max_bytes},
            )
        if fault is StorageFault.TOO_DEEP:
            raise _too_deep(code, max_depth, path)
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
        words = _WORDS[fault].format(kind=type(value).__name__)
        message = f"the value at {_shown('$' + where)} {words}"
        raise NormalizedError(code, message, path=[_clean(part) for part in path])


def _too_deep(code: str, max_depth: int, path: Sequence[str | int]) -> NormalizedError:
    message = f"the JSON is nested deeper than {max_depth} levels; flatten it"
    return NormalizedError(code, message, details={"max_depth": max_depth}, path=[_clean(part) for part in path])


def _too_many_values(most: float) -> NormalizedError:
    return NormalizedError(
        "PAYLOAD_TOO_LARGE",
        f"the body has more than {most:.0f} values (entries of lists and members of objects); send them in several requests",
        details={"max_values": int(most)},
    )


def _clean(part: str | int) -> str:
    return str(part).replace("\0", "\ufffd").encode(errors="replace").decode()[:255]
