"""Converts the filter of a list to JSON and back."""

from __future__ import annotations

import types
import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from automate.kernel.errors import Json
from automate.kernel.timestamps import parse_timestamp

F = TypeVar("F")


def stored(wanted: Any) -> dict[str, Json]:
    """Return a filter as JSON. Fields with None are omitted."""
    return {name: _plain(value) for name, value in vars(wanted).items() if value is not None}


def restored(made: type[F], values: Mapping[str, Json]) -> F:
    """Create a filter from its JSON. Unknown members are ignored."""
    hints = get_type_hints(made)
    known = {one.name for one in fields(made)}  # type: ignore[arg-type]
    return made(**{name: _read(hints[name], value) for name, value in values.items() if name in known})


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(hint: types.UnionType, value: Json) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if uuid.UUID in hint.__args__:
        return uuid.UUID(value)
    if bool in hint.__args__:
        # Filters that were stored before 29 November 2026 hold the text "False" or "True".
        return value in {True, "True"}
    return parse_timestamp(value) if datetime in hint.__args__ else value
