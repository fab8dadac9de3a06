"""Hides secrets in JSON before people or logs see the JSON. The key's name or the value's form identifies a secret."""

from __future__ import annotations

from typing import overload

import orjson

from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.scrubbing import Scrubber
from automate.kernel.sensitive_names import is_sensitive
from automate.kernel.sensitive_shapes import REDACTED, is_card_number, may_hold_secrets, redact_text

__all__ = ["REDACTED", "Scrubber", "redact", "redact_text"]

MAX_DEPTH = 100
MAX_NODES = 200_000
_LEAST_CARD, _MOST_CARD = 10**12, 10**19


@overload
def redact(value: JsonObject) -> JsonObject: ...
@overload
def redact(value: JsonValue) -> JsonValue: ...
def redact(value: JsonValue) -> JsonValue:
    """Return a copy of a JSON value with its secrets hidden.

    Values under sensitive keys are hidden completely. In other texts, only secrets of a known shape are hidden.
    """
    try:
        shapes = may_hold_secrets(orjson.dumps(value))
    except orjson.JSONEncodeError:  # an integer of more than 64 bits, a lone surrogate, great depth: check each text
        shapes = True
    return _Redaction(shapes=shapes).of(value, 0)


class _Redaction:
    # `shapes`: whether to search texts for secrets of a known shape.
    def __init__(self, *, shapes: bool) -> None:
        self.shapes = shapes
        self.nodes = 0

    def of(self, value: JsonValue, depth: int) -> JsonValue:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            return REDACTED
        if isinstance(value, str):
            return redact_text(value) if self.shapes else value
        if isinstance(value, (dict, list)):
            return self._container(value, depth) if depth < MAX_DEPTH else REDACTED
        is_card = type(value) is int and _LEAST_CARD <= value < _MOST_CARD and is_card_number(str(value))
        return REDACTED if is_card else value

    def _container(self, value: dict[str, JsonValue] | list[JsonValue], depth: int) -> JsonValue:
        if isinstance(value, dict):
            return self._members(value, depth)
        return [self.of(item, depth + 1) for item in value]

    def _members(self, members: dict[str, JsonValue], depth: int) -> dict[str, JsonValue]:
        pair = "value" in members and any(
            isinstance(name, str) and is_sensitive(name) for name in (members.get("name"), members.get("key"))
        )
        shown: dict[str, JsonValue] = {}
        for name, member in members.items():
            if self.nodes > MAX_NODES:
                shown[REDACTED] = REDACTED
                break
            label = redact_text(name) if self.shapes else name
            hidden = _may_be_secret(member) and (is_sensitive(name, member) or (pair and name == "value"))
            if hidden and not (pair and name == "key"):
                self.nodes += 1
                shown[label] = REDACTED
            else:
                shown[label] = self.of(member, depth + 1)
        return shown


def _may_be_secret(member: JsonValue) -> bool:
    return member is not None and not isinstance(member, bool)
