"""What the OpenAPI document says about one operation. Plain data, so that serving a request needs no generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automate.kernel.errors import Json


@dataclass(frozen=True)
class Example:
    """An example of a body. status: of the answer that it belongs to; None for a request's body."""

    value: Json
    status: int | None = None


@dataclass(frozen=True)
class Described:
    """One method of one URL.

    tag: the resource. permission: the one that the caller needs. query: fields of its parameters. body: a serializer or None.
    answers: serializers by status. refusals: statuses of errors that this operation adds to the ones of all operations.
    keyed: whether it takes an Idempotency-Key. media_type: of its answer.
    """

    name: str
    tag: str
    summary: str
    description: str
    permission: str
    answers: Mapping[int, Any]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    refusals: Sequence[int] = ()
    keyed: bool = False
    examples: Sequence[Example] = ()
    media_type: str = "application/json"
    place: Mapping[str, str] = field(default_factory=dict)
    """Descriptions of the parts of its path, by name."""
