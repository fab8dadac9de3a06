"""Paths to sensitive values in an event, such as ``payload.customer.email`` or ``headers.*``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.redaction import REDACTED, redact

ROOTS = ("payload", "headers")
MOST_PATHS = 50
MOST_CHARACTERS = 255
MOST_PARTS = 32

ANY = "*"
"""The part that matches every member of an object."""

_PART = re.compile(r'\.(?:(?P<name>[A-Za-z_$@][A-Za-z0-9_$@-]*)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<any>\*))|\[\*?\]')


class PathPart(NamedTuple):
    """One part of a path. If ``any`` is True, the part selects every member."""

    name: str
    any: bool = False


Path = tuple[PathPart, ...]


def path_problems(paths: Sequence[JsonValue], at: Sequence[str | int]) -> Iterator[NormalizedError]:
    """Yield the problems of a list of paths."""
    if len(paths) > MOST_PATHS:
        message = f"An event type has at most {MOST_PATHS} sensitive paths; this one has {len(paths)}. Replace several paths by the path of their parent."
        yield NormalizedError(
            "LIMIT_EXCEEDED", message, details={"limit": "sensitive_paths", "maximum": MOST_PATHS}, path=at
        )
        return
    for number, path in enumerate(paths):
        try:
            _check_path(path)
        except ValueError as error:
            message = f"This is not a sensitive path: {error}. Write a path such as payload.customer.email."
            yield NormalizedError("BAD_USER_INPUT", message, path=[*at, number])


def _check_path(path: JsonValue) -> None:
    if not isinstance(path, str):
        raise ValueError("it is not a string")  # noqa: TRY004 - one error for each reason
    parse_path(path)


@lru_cache(maxsize=4_096)
def parse_path(text: str) -> Path:
    """Return the parts of a path. The first part is ``payload`` or ``headers``. Raises ValueError with the reason."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"it has more than {MOST_CHARACTERS} characters")
    root = re.match(r"[a-z]*", text)
    name = root[0] if root is not None else ""
    if name not in ROOTS:
        raise ValueError(f"it must start with {' or '.join(ROOTS)}")
    parts = [PathPart(name), *_parts(text, len(name))]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"it has more than {MOST_PARTS} parts")
    if name == "headers":
        parts = [parts[0], *(part._replace(name=part.name.lower()) for part in parts[1:])]
    return tuple(parts)


def _parts(text: str, place: int) -> Iterator[PathPart]:
    # `[*]` adds no part, because all items of a list are always selected.
    while place < len(text):
        found = _PART.match(text, place)
        if found is None:
            raise ValueError(f"character {place + 1} is not expected")
        place = found.end()
        if found["any"]:
            yield PathPart(ANY, any=True)
        elif found["quoted"]:
            yield PathPart(_unquoted(found["quoted"]))
        elif found["name"]:
            yield PathPart(found["name"])


def _unquoted(text: str) -> str:
    try:
        name: str = json.loads(text)
    except ValueError:
        raise ValueError(f"{text[:64]} is not a name in quotes") from None
    return name


def shown(event: JsonObject, paths: Sequence[str]) -> JsonObject:
    """Return a copy of an event without the values at sensitive paths. Other recognisable secrets are removed too."""
    return redact(hidden(event, paths))


def hidden(event: JsonObject, paths: Sequence[str]) -> JsonObject:
    """Return a copy of an event. In the copy, ``[redacted]`` replaces the values at ``paths``. Null stays null."""
    for path in paths:
        event = as_object(_hidden(event, parse_path(path), 0))
    return event


def _hidden(value: JsonValue, path: Path, place: int) -> JsonValue:
    if isinstance(value, list):
        return [_hidden(item, path, place) for item in value]
    if place == len(path):
        return value if value is None else REDACTED
    if not isinstance(value, Mapping):
        return value
    part = path[place]
    if part.any:
        return {name: _hidden(member, path, place + 1) for name, member in value.items()}
    if part.name not in value:
        return value
    return {**value, part.name: _hidden(value[part.name], path, place + 1)}


def values_at(event: JsonValue, paths: Sequence[str]) -> Iterator[str]:
    """Yield all texts and numbers in the values that the paths select. Convert numbers to text."""
    for path in paths:
        yield from _values(event, parse_path(path), 0)


def _values(value: JsonValue, path: Path, place: int) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path, place)
    elif isinstance(value, Mapping):
        part = path[place] if place < len(path) else PathPart(ANY, any=True)
        inner = min(place + 1, len(path))
        for name, member in value.items():
            if part.any or part.name == name:
                yield from _values(member, path, inner)
    elif place == len(path) and value is not None and not isinstance(value, bool) and str(value):
        yield str(value)
