"""One canonical form of each JSON value, so that equal content has an equal checksum.

The form follows RFC 8785. Unlike RFC 8785, integers keep every digit.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from decimal import Decimal

EXPONENT_FROM = 21
"""ECMAScript writes a number with more digits than this before the decimal point with an exponent."""

MAX_LEADING_ZEROS = 5
"""ECMAScript writes a number with at most this many zeros after the decimal point without an exponent."""

_encode_text = json.JSONEncoder(ensure_ascii=False).encode


def canonical_json(value: object) -> bytes:
    """Return the canonical form of a JSON value in UTF-8.

    Raises ValueError for NaN, infinities and lone surrogates, and TypeError for a value that is not JSON.
    """
    return "".join(_write(value)).encode()


def checksum(value: object) -> str:
    """Return the sha256 of the canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _write(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield _encode_text(value)
    elif value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int):
        yield _integer(value)
    elif isinstance(value, float):
        yield _double(value)
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            if index:
                yield ","
            yield from _write(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for index, key in enumerate(sorted(value, key=_utf16)):
            yield f"{',' if index else ''}{_encode_text(key)}:"
            yield from _write(value[key])
        yield "}"
    else:
        raise TypeError(f"{type(value).__name__} is not JSON")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _integer(value: int) -> str:
    if abs(value) < 10**EXPONENT_FROM:
        return str(value)
    # jsonb returns the double 1e21 as an integer: both must have one form.
    try:
        near = float(value)
    except OverflowError:
        return str(value)
    return _double(near) if Decimal(repr(near)) == value else str(value)


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not JSON")
    if value == 0:
        return "0"
    _, digit_tuple, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + int(exponent)
    sign = "-" if value < 0 else ""
    if len(digits) <= point <= EXPONENT_FROM:
        return sign + digits.ljust(point, "0")
    if 0 < point <= EXPONENT_FROM:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -MAX_LEADING_ZEROS <= point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{point - 1:+d}"
