"""Sorts lists in the order that the client requests. The cursors of these lists are signed."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import strawberry
import strawberry_django
from strawberry_django.ordering import Ordering

from automate.endpoints.models import WebhookEndpoint
from automate.events.event_types.models import EventType
from automate.events.models import Source
from automate.kernel.cursors import CursorSpace
from automate.kernel.json_values import JsonValue
from automate.kernel.keyset_queries import LOWER, TEXT_CHARACTERS, TIMES, UPPER
from automate.kernel.queries import Slice
from automate.rules.models import RuleSpec
from automate.runs.models import Approval
from automate.triggers.schedules.models import Schedule
from automate.vault.models import Secret
from automate.workflows.models import Workflow
from graphql_schema.connections import slice_of, space_of
from graphql_schema.loaded import Arguments, Shown

_FOLDED = str.maketrans(UPPER, LOWER)


@strawberry_django.order_type(Source, name="SourceOrder")
class SourceOrder:
    slug: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(EventType, name="EventTypeOrder")
class EventTypeOrder:
    slug: strawberry.auto = strawberry.field(name="name")
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(Workflow, name="WorkflowOrder")
class WorkflowOrder:
    name: strawberry.auto
    slug: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(RuleSpec, name="RuleOrder")
class RuleOrder:
    name: strawberry.auto
    slug: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(Schedule, name="ScheduleOrder")
class ScheduleOrder:
    name: strawberry.auto
    slug: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(WebhookEndpoint, name="WebhookEndpointOrder")
class WebhookEndpointOrder:
    slug: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.order_type(Approval, name="ApprovalOrder")
class ApprovalOrder:
    requested_at: strawberry.auto
    expires_at: strawberry.auto


@strawberry_django.order_type(
    Secret,
    name="SecretOrder",
    description="Sorts the list by one of its columns. Secrets with the same value are sorted by name.",
)
class SecretOrder:
    slug: strawberry.auto = strawberry.field(name="name", description="Sort by `name`.")
    updated_at: strawberry.auto


T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Listing:
    """A page of a list."""

    space: CursorSpace
    part: Slice
    seal: Callable[[Shown], str] | None = None


def listing(name: str, arguments: Arguments, order: object, binding: JsonValue = None) -> Listing:
    """Prepare one page of a sorted list. Raises BAD_USER_INPUT, LIMIT_EXCEEDED, INVALID_CURSOR."""
    chosen = None if order is None else _chosen(order)
    if chosen is None:
        space = space_of(name, binding)
        return Listing(space, slice_of(space, arguments))
    column, direction = chosen
    space = space_of(name, [binding, column, direction.name])
    is_time = column in TIMES
    part = slice_of(space, arguments, space.open_place if is_time else space.open_text)
    part = dataclasses.replace(part, by=column, oldest_first=direction.name.startswith("ASC"))
    return Listing(space, part, _time_sealer(space, column) if is_time else _text_sealer(space, column))


def arranged(rows: Sequence[T], order: object, value: Callable[[T, str], Shown]) -> list[T]:
    """Sort a complete list in Python. The result has the same order as a sort by PostgreSQL.

    ``value`` gets a row and the name of a column, and returns the value of this column.
    """
    chosen = None if order is None else _chosen(order)
    if chosen is None:
        return list(rows)
    column, direction = chosen
    descending = direction.name.startswith("DESC")
    nulls_first = direction.name.endswith("NULLS_FIRST") or direction is Ordering.DESC
    valued = [(value(row, column), row) for row in rows]
    nulls = [row for found, row in valued if found is None]
    known = sorted((pair for pair in valued if pair[0] is not None), key=lambda pair: pair[0], reverse=descending)
    values = [row for _, row in known]
    return [*nulls, *values] if nulls_first else [*values, *nulls]


def _chosen(order: Shown) -> tuple[str, Ordering] | None:
    given = ((field.name, getattr(order, field.name)) for field in dataclasses.fields(order))
    return next(((name, value) for name, value in given if isinstance(value, Ordering)), None)


def _folded(text: str) -> str:
    # Equal to the expression `keyset_queries.folded`.
    return text[:TEXT_CHARACTERS].translate(_FOLDED)


def _time_sealer(space: CursorSpace, column: str) -> Callable[[Shown], str]:
    def seal(row: Shown) -> str:
        at: datetime = getattr(row, column)
        return space.seal_place(at, row.id)

    return seal


def _text_sealer(space: CursorSpace, column: str) -> Callable[[Shown], str]:
    def seal(row: Shown) -> str:
        text: str = getattr(row, column)
        row_id: uuid.UUID = row.id
        return space.seal_text(_folded(text), row_id)

    return seal
