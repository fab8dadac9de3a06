"""What a list was narrowed to, kept as JSON with the job that works through it."""

from __future__ import annotations

import types
import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from automate.kernel.errors import Json

F = TypeVar("F")


def stored(wanted: Any) -> dict[str, Json]:
    """A filter as JSON: a dataclass of texts, ids, moments and tuples of texts; None means any, and is left out."""
    return {name: _plain(value) for name, value in vars(wanted).items() if value is not None}


def restored(made: type[F], values: Mapping[str, Json]) -> F:
    """The filter that ``stored`` made JSON of. What a newer release has put in beside is left out."""
    hints = get_type_hints(made)
    known = {one.name for one in fields(made)}  # type: ignore[arg-type]
    return made(**{name: _read(hints[name], value) for name, value in values.items() if name in known})


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(hint: types.UnionType, value: Json) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if uuid.UUID in hint.__args__:
        return uuid.UUID(value)
    return datetime.fromisoformat(value) if datetime in hint.__args__ else value
