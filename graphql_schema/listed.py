"""``@listed(VIEW_RUNS, "The runs, newest first.")`` declares a list in a root type. ``paged`` reads one page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions.field_extension import SyncExtensionResolver
from strawberry.types.arguments import StrawberryArgument

from automate.kernel.json_values import JsonValue
from automate.kernel.keyset_queries import count_rows, page_of_rows
from automate.kernel.models import Row as StoredRow
from automate.kernel.queries import Page, Slice
from graphql_schema.connections import Connection, HasId, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.filtering import Selection
from graphql_schema.ordering import listing
from graphql_schema.paging import PAGING
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection, selected
from graphql_schema.querysets import optimized

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

Row = TypeVar("Row", bound=HasId)
Stored = TypeVar("Stored", bound=StoredRow)
Shown = TypeVar("Shown")
Wanted = TypeVar("Wanted")


class Lists(Requires):
    """Checks the permission for a list field. Adds Relay's arguments to the field, but hides them from the resolver."""

    def apply(self, field: StrawberryField) -> None:
        super().apply(field)
        paging = [
            StrawberryArgument(
                python_name=name, graphql_name=None, type_annotation=StrawberryAnnotation(kind), default=None
            )
            for name, kind in PAGING
        ]
        field.arguments = [*paging, *field.arguments]

    def resolve(self, next_: SyncExtensionResolver, source: object, info: Info, **kwargs: object) -> object:
        for name, _ in PAGING:
            kwargs.pop(name, None)
        return super().resolve(next_, source, info, **kwargs)


def listed(permission: str, description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    def declare(resolver: Callable[..., object]) -> StrawberryField:
        field: StrawberryField = strawberry.field(resolver, extensions=[Lists(permission)], description=description)
        return field

    return declare


def paged(  # noqa: PLR0917 - a page's parts
    info: Info,
    name: str,
    load: Callable[[Slice], Page[Row]],
    make: Callable[[Row], Shown],
    count: Callable[[], int],
    binding: JsonValue = None,
) -> Connection[Shown]:
    """Read the requested page of a list, newest first.

    - ``load``: a function that reads the rows of one part of the list.
    - ``make``: a function that converts a row to the object for clients.
    - ``binding``: the filter of the list. None means no filter.
    """
    field, space = selected(info), space_of(name, binding)
    return load_selection(info, connection_of(field, space, load(slice_of(space, field.arguments)), make, count))


def filtered(  # noqa: PLR0917 - a page's parts
    info: Info,
    name: str,
    wanted: Wanted,
    load: Callable[[Wanted, Slice], Page[Row]],
    make: Callable[[Row], Shown],
    count: Callable[[Wanted], int],
) -> Connection[Shown]:
    """Read the requested page of a list. Works like ``paged``, but the list has a filter."""
    return paged(info, name, partial(load, wanted), make, partial(count, wanted), binding_of(wanted))


def ordered(  # noqa: PLR0917 - a page's parts
    info: Info,
    name: str,
    order: object,
    load: Callable[[Slice], Page[Row]],
    make: Callable[[Row], Shown],
    count: Callable[[], int],
    binding: JsonValue = None,
) -> Connection[Shown]:
    """Read the requested page of a list that can be sorted. ``paged`` reads lists that cannot be sorted."""
    field = selected(info)
    found = listing(name, field.arguments, order, binding)
    return load_selection(info, connection_of(field, found.space, load(found.part), make, count, found.seal))


def queried(
    info: Info, name: str, order: object, chosen: Selection[Stored], make: Callable[[Stored], Shown]
) -> Connection[Shown]:
    """Read the requested page of a list of configuration. ``chosen`` contains the filter."""

    def page(part: Slice) -> Page[Stored]:
        found = page_of_rows(optimized(chosen.rows, info, selected(info), part.by), part)
        if not found.rows:
            chosen.check()
        return found

    return ordered(info, name, order, page, make, partial(count_rows, chosen.rows), chosen.binding)
