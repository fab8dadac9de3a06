"""Filters for lists of configuration objects. The library strawberry-django converts these filters to SQL conditions.

Lists of runs, events and other hot objects have no such filters, because no index serves AND, OR and NOT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Generic, TypeVar

import strawberry
import strawberry_django
from django.db.models import Model, QuerySet
from strawberry import UNSET
from strawberry_django.filters import apply

from automate.endpoints.models import WebhookEndpoint
from automate.events.choices import SourceScheme
from automate.events.models import Source
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.rules.models import RuleSpec
from automate.runs.named_queries import check_slugs
from automate.triggers.schedules.models import Schedule

MOST_FILTERS = 50
"""The filters of one list: the filter itself and those below its AND, OR and NOT."""
OPERATORS = frozenset({"AND", "OR", "NOT"})
T = TypeVar("T")
M = TypeVar("M", bound=Model)


def without_distinct(made: type[T]) -> type[T]:
    """Remove the field DISTINCT of a ``filter_type``, because no list contains an object twice."""
    definition = made.__dict__["__strawberry_definition__"]
    definition.fields = [field for field in definition.fields if field.name != "DISTINCT"]
    return made


@without_distinct
@strawberry_django.filter_type(Source)
class SourceFilter:
    enabled: strawberry.auto = strawberry.field(description="Only enabled sources, or only disabled ones.")
    built_in: strawberry.auto = strawberry.field(description="True: only sources of the platform. False: only others.")
    scheme: SourceScheme | None


@without_distinct
@strawberry_django.filter_type(RuleSpec)
class RuleFilter:
    enabled: strawberry.auto = strawberry.field(description="Only enabled rules, or only disabled ones.")
    workflow__slug: str | None = strawberry.field(
        name="workflow", description="The slug of the workflow that the rules start."
    )
    paused: bool | None = strawberry.field(description="True: only paused rules. False: only others.")


@without_distinct
@strawberry_django.filter_type(Schedule)
class ScheduleFilter:
    event_type: strawberry.auto
    paused: bool | None = strawberry.field(description="True: only paused schedules. False: only others.")


@without_distinct
@strawberry_django.filter_type(WebhookEndpoint)
class WebhookEndpointFilter:
    url: strawberry.auto
    enabled: bool | None = strawberry.field(description="Only enabled endpoints, or only disabled ones.")


@dataclass(frozen=True)
class Selection(Generic[M]):
    """The objects that a filter selects."""

    rows: QuerySet[M]
    binding: JsonValue = None
    """The filter as JSON. Cursors of the list are valid only for it."""
    named: Sequence[object] = ()
    """The slugs in the filter, and in those below its AND, OR and NOT."""

    def check(self) -> None:
        """Check the slugs in a filter that has found no rows. Raises NOT_FOUND for an unknown slug."""
        for each in self.named:
            check_slugs(each)


def selection(filters: object | None, every: QuerySet[M]) -> Selection[M]:
    """Apply a filter to the objects of ``every``. Raises LIMIT_EXCEEDED for a filter with too many parts."""
    if filters is None:
        return Selection(every)
    parts = list(_parts(filters))
    if len(parts) > MOST_FILTERS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The filter has {len(parts)} parts; the maximum is {MOST_FILTERS}, because each row is compared with each "
            "part. Remove some AND, OR and NOT.",
            details={"limit": "filters", "maximum": MOST_FILTERS},
            path=["filter"],
        )
    named = [SimpleNamespace(workflow=_set(part).get("workflow__slug")) for part in parts]
    return Selection(apply(filters, every), _binding(filters) or None, named)


def _parts(filters: object) -> Iterator[object]:
    yield filters
    for name, value in _set(filters).items():
        if name in OPERATORS:
            yield from _parts(value)


def _set(filters: object) -> dict[str, object]:
    return {name: value for name, value in vars(filters).items() if value is not None and value is not UNSET}


def _binding(filters: object) -> dict[str, JsonValue]:
    return {name: _binding(value) if name in OPERATORS else str(value) for name, value in _set(filters).items()}
