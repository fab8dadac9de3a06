"""How each of the schemas is made."""

from __future__ import annotations

import warnings

import strawberry
from strawberry.schema.config import StrawberryConfig

from graphql_schema import enums  # noqa: F401 - makes the enums
from graphql_schema.planning import load_planners
from graphql_schema.recurring import describe_recurring
from graphql_schema.scalars import SCALARS


def schema_of(
    query: type, mutation: type, subscription: type | None = None, types: tuple[type, ...] = ()
) -> strawberry.Schema:
    with warnings.catch_warnings():
        # Newer releases name the same mapping config.scalar_map; the oldest that we run on knows only this.
        warnings.simplefilter("ignore", DeprecationWarning)
        made = strawberry.Schema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            scalar_overrides=SCALARS,
            config=StrawberryConfig(auto_camel_case=True),
        )
    load_planners(made)
    describe_recurring(made._schema)  # noqa: SLF001 - graphql-core's
    return made
