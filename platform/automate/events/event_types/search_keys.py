"""Reads search keys from events. For example, the search key ``order`` makes all events about order 4711 findable."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import KIB
from automate.kernel.shapes import Says
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from automate.workflows.templates.expressions import parse_expression

MOST_KEYS = 10
MOST_VALUES = 20
"""The maximum of values of one key in one event. An expression that finds a list gives several values."""
OPERATIONS, PRODUCED_BYTES = 1_000, 16 * KIB
"""The limits of one expression for one event. An expression that needs more finds nothing."""
ROOTS = ("payload", "headers")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MOST_EXACT = 2**53
"""A double holds every integer up to this number exactly."""


@dataclass(frozen=True)
class SearchKey:
    """A search key of an event type."""

    name: Annotated[
        str,
        Says("The key in filters: 1 to 40 letters, digits and underscores. Several event types can share it."),
    ]
    expression: Annotated[
        str,
        Says(
            "JMESPath over `payload` and `headers`, such as `payload.order.id`. It must result in a text, a number, a "
            "boolean, or a list of at most 20 of these."
        ),
    ]


def key_problems(keys: Sequence[SearchKey]) -> Iterator[NormalizedError]:
    """Yield the problems of search keys, each with its path."""
    if len(keys) > MOST_KEYS:
        message = f"An event type has at most {MOST_KEYS} search keys; this one has {len(keys)}."
        details: dict[str, JsonValue] = {"limit": "search_keys", "maximum": MOST_KEYS}
        yield NormalizedError("LIMIT_EXCEEDED", message, details=details, path=["searchKeys"])
        return
    names: set[str] = set()
    for number, key in enumerate(keys):
        if not NAME.fullmatch(key.name):
            message = "name must have 1 to 40 letters, digits and underscores, and start with a letter."
            yield NormalizedError("BAD_USER_INPUT", message, path=["searchKeys", number, "name"])
        elif key.name in names:
            message = f"There are two search keys {key.name!r}. Rename one."
            yield NormalizedError("BAD_USER_INPUT", message, path=["searchKeys", number, "name"])
        names.add(key.name)
        if problem := _expression_problem(key.expression):
            yield NormalizedError("INVALID_TEMPLATE", problem, path=["searchKeys", number, "expression"])


def _expression_problem(source: str) -> str:
    try:
        references = parse_expression(source).references
    except TemplateFailure as failure:
        return f"The expression is refused: {failure}."
    strange = sorted(reference[0] for reference in references if reference and reference[0] not in ROOTS)
    if strange:
        return f"The expression reads {strange[0][:64]!r}. It can read {' and '.join(ROOTS)}."
    return ""


def digests_of(keys: Sequence[SearchKey], payload: JsonValue, headers: Mapping[str, JsonValue]) -> set[uuid.UUID]:
    """Return the digests of all values that the search keys select from an event. Never raises."""
    event: JsonObject = {"payload": payload, "headers": {**headers}}
    return {digest_of(key.name, text) for key in keys for text in _texts(_found(key.expression, event))}


def digest_of(name: str, text: str) -> uuid.UUID:
    """Return the digest of a search key and its value. ``text`` is the value. Numbers are written as in JSON."""
    return digest_of_line(line_of(name, text))


def line_of(name: str, text: str) -> str:
    """Write a search key and its value as two lines."""
    return f"{name}\n{text}"


def digest_of_line(line: str) -> uuid.UUID:
    """Return the digest of a search key and its value. ``line`` is the text that ``line_of`` returns."""
    return uuid.UUID(bytes=hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()[:16])


def _found(expression: str, event: JsonObject) -> JsonValue:
    try:
        return parse_expression(expression).evaluate(event, TemplateAllowance(OPERATIONS, PRODUCED_BYTES))
    except TemplateFailure:
        return None


def _texts(found: JsonValue) -> Iterator[str]:
    for value in found[:MOST_VALUES] if isinstance(found, list) else [found]:
        if isinstance(value, str):
            if value:
                yield value
        elif isinstance(value, (bool, int, float)):
            yield _scalar_text(value)


def _scalar_text(value: bool | float) -> str:  # noqa: FBT001 - a value of JSON
    # JSON has one kind of number, so 1.0 becomes "1".
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_EXACT:
        value = int(value)
    return json.dumps(value)
