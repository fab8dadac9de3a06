"""Declare a list of a root type: ``@listed(VIEW_RUNS, "The runs, newest first.")``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions.field_extension import SyncExtensionResolver
from strawberry.types.arguments import StrawberryArgument

from graphql_schema.context import Info
from graphql_schema.permissions import Requires

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

PAGING = (("first", int), ("after", str), ("last", int), ("before", str))


class Lists(Requires):
    """Checks the permission, and adds Relay's arguments, which the list reads from its selection."""

    def apply(self, field: StrawberryField) -> None:
        super().apply(field)
        paging = [
            StrawberryArgument(
                python_name=name, graphql_name=None, type_annotation=StrawberryAnnotation(kind | None), default=None
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
