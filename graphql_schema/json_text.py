"""Encodes answers as JSON."""

from __future__ import annotations

import json
from datetime import datetime

import orjson

from automate.kernel.errors import Json


class JsonText:
    """A part of an answer that is already JSON text. No dataclass, because orjson would encode its fields."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


def dumps(value: Json) -> bytes:
    """Encode a value as JSON. Integers may have more than 64 bits."""
    try:
        return orjson.dumps(value, default=_as_it_is)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_parsed).encode()


def text_of(value: Json) -> JsonText:
    # A copy, because orjson leaves its buffer at the size that it guessed: 33 MB for 200,000 empty lists.
    return JsonText(bytes(memoryview(dumps(value))))


def _as_it_is(value: object) -> orjson.Fragment:
    if isinstance(value, JsonText):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parsed(value: object) -> Json:
    if isinstance(value, JsonText):
        return json.loads(value.text)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


def present(**values: Json) -> dict[str, Json]:
    """Return the fields of a filter as JSON, without None."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
