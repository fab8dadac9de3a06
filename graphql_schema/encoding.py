"""Encodes answers as JSON. The size of an answer is limited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import ExecutionResult

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, ReadableJson
from graphql_schema.errors import formatted, refused
from graphql_schema.json_text import dumps
from graphql_schema.limits import ANSWER_BYTES, DOCUMENT, MIB

VALUES_AT_ONCE = 32_768
"""Answers with more values than this are encoded in pieces, which is rare and slower."""
_SCALARS_AT_ONCE = 1_000


class TooLargeError(Exception):
    """The encoded parts of an answer exceed the limit."""


@dataclass(frozen=True)
class EncodedAnswer:
    """The encoded answer to an operation."""

    content: bytes
    executed: bool
    """False if the variables were invalid, so that execution did not begin."""
    errors: Sequence[dict[str, JsonValue]] = ()

    def with_cost(self, cost: Mapping[str, JsonValue]) -> EncodedAnswer:
        extensions = dumps({"cost": cost})
        return EncodedAnswer(b'%s,"extensions":%s}' % (self.content[:-1], extensions), self.executed, self.errors)


def encoded(result: ExecutionResult, values: int) -> EncodedAnswer:
    """Encode an answer."""
    errors = result.errors or []
    executed = not errors or result.data is not None or any(error.path for error in errors)
    # graphql-core reports up to 50 invalid variables.
    shown = [formatted(error) for error in (errors if executed else errors[: DOCUMENT.errors])]
    try:
        return _within_bound(result.data, shown, values, executed=executed)
    except TooLargeError:
        shown = refused(too_large())["errors"]
        return EncodedAnswer(b'{"errors":%s,"data":null}' % dumps(shown), executed=True, errors=shown)


def _within_bound(
    data: JsonValue, errors: Sequence[dict[str, JsonValue]], values: int, *, executed: bool
) -> EncodedAnswer:
    # Raises TooLargeError if it would be larger than ANSWER_BYTES.
    parts = []
    if errors:
        parts.append(b'"errors":' + _text(errors, VALUES_AT_ONCE + 1))
    if executed:
        parts.append(b'"data":' + _text(data, values))
    if sum(map(len, parts)) > ANSWER_BYTES:
        raise TooLargeError
    return EncodedAnswer(b"{%s}" % b",".join(parts), executed, errors)


def too_large() -> NormalizedError:
    return NormalizedError(
        "LIMIT_EXCEEDED",
        f"The answer is larger than {ANSWER_BYTES // MIB} MiB, so its data was left out. If the request was a mutation, it "
        "has taken effect. Request a smaller page, or fewer fields.",
        details={"limit": "answer_bytes", "maximum": ANSWER_BYTES},
    )


def _text(value: ReadableJson, values: int) -> bytes:
    if values <= VALUES_AT_ONCE:
        return dumps(value)
    pieces = _Pieces(ANSWER_BYTES)
    pieces.add(value)
    return bytes(pieces.found)


class _Pieces:
    # An object or list without nested objects or lists is encoded as one piece.
    def __init__(self, most: int) -> None:
        self.left = most
        self.found = bytearray()

    def add(self, value: ReadableJson) -> None:
        # Raises TooLargeError if the pieces together exceed the limit.
        if isinstance(value, dict) and any(isinstance(entry, dict | list) for entry in value.values()):
            for place, (key, entry) in enumerate(value.items()):
                self._write((b"," if place else b"{") + dumps(key) + b":")
                self.add(entry)
            self._write(b"}")
        elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
            for place, entry in enumerate(value):
                self._write(b"," if place else b"[")
                self.add(entry)
            self._write(b"]")
        elif isinstance(value, list) and len(value) > _SCALARS_AT_ONCE:
            for start in range(0, len(value), _SCALARS_AT_ONCE):
                text = dumps(value[start : start + _SCALARS_AT_ONCE])
                self._write((b"," if start else b"[") + text[1:-1])
            self._write(b"]")
        else:
            self._write(dumps(value))

    def _write(self, piece: bytes) -> None:
        self.left -= len(piece)
        if self.left < 0:
            raise TooLargeError
        # Copied, because orjson's own buffers are up to eight times as long.
        self.found += piece
