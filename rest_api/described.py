"""Descriptions of operations for the OpenAPI document, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from automate.kernel.json_values import JsonValue
from rest_api.fields import AnyField


@dataclass(frozen=True)
class Example:
    """An example of the body of a request or an answer."""

    value: JsonValue
    status: int | None = None
    """The status of the answer; None for the body of a request."""


DescribedBody: TypeAlias = Any
"""A serializer, its class, or a type, as drf-spectacular takes them. It types them as Any."""


@dataclass(frozen=True)
class DescribedMethod:
    """Describes one HTTP method of one URL, for the OpenAPI document."""

    name: str
    tag: str
    """The resource."""
    summary: str
    description: str
    permission: str
    """The permission that the caller needs."""
    answers: Mapping[int, DescribedBody]
    """Serializers by status."""
    query: Mapping[str, AnyField] = field(default_factory=dict)
    """The fields of its parameters."""
    body: DescribedBody = None
    """A serializer, or None."""
    refusals: Sequence[int] = ()
    """The statuses of errors, in addition to those of all operations."""
    keyed: bool = False
    """Whether the method accepts an Idempotency-Key."""
    examples: Sequence[Example] = ()
    media_type: str = "application/json"
    """Of its answer."""
    place: Mapping[str, str] = field(default_factory=dict)
    """Descriptions of the parts of its path, by name."""
