"""Converts the filter of a list to JSON and back."""

from __future__ import annotations

import types
import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, get_type_hints

from automate.kernel.json_values import JsonValue
from automate.kernel.timestamps import parse_timestamp

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

F = TypeVar("F", bound="DataclassInstance")


def stored(wanted: object) -> dict[str, JsonValue]:
    """Return a filter as JSON. Fields with None are omitted."""
    return {name: _plain(value) for name, value in vars(wanted).items() if value is not None}


def restored(made: type[F], values: Mapping[str, JsonValue]) -> F:
    """Create a filter from its JSON. Unknown members are ignored."""
    hints = get_type_hints(made)
    known = {one.name for one in fields(made)}
    return made(**{name: _read(hints[name], value) for name, value in values.items() if name in known})


def _plain(value: object) -> JsonValue:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(hint: types.UnionType, value: JsonValue) -> object:
    if isinstance(value, list):
        return tuple(value)
    if uuid.UUID in hint.__args__:
        return uuid.UUID(str(value))
    if bool in hint.__args__:
        # Filters that were stored before 29 November 2026 hold the text "False" or "True".
        return value in {True, "True"}
    return parse_timestamp(str(value)) if datetime in hint.__args__ else value
