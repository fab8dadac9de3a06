"""Adds arguments to lists. The arguments, such as ``first`` and ``after``, follow the Relay specification.

The arguments are not passed to the resolver of a list. The code that reads the list takes the arguments
from the selection.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

import strawberry

from graphql_schema.context import Info
from graphql_schema.planning import prefetched

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

PAGING = (("first", int | None), ("after", str | None), ("last", int | None), ("before", str | None))


def nested(description: str) -> Callable[[Callable[..., object]], StrawberryField]:
    """Declare a field that is a list. The loader in ``@planned`` reads this list for many objects at once."""

    def declare(resolver: Callable[..., object]) -> StrawberryField:
        @functools.wraps(resolver)
        def read(self: object, info: Info, **_arguments: object) -> object:
            return prefetched(self, info)

        signature = inspect.signature(resolver)
        parent, info, *others = signature.parameters.values()
        paging = [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=kind)
            for name, kind in PAGING
        ]
        vars(read)["__signature__"] = signature.replace(parameters=[parent, info, *paging, *others])
        field: StrawberryField = strawberry.field(read, description=description)
        return field

    return declare
