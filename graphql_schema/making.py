"""Makes a schema from its root types."""

from __future__ import annotations

import warnings

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig

from graphql_schema.enums import list_values_in_errors
from graphql_schema.planning import place_loaders
from graphql_schema.recurring import describe_recurring
from graphql_schema.scalars import SCALARS


def schema_of(
    query: type, mutation: type, subscription: type | None = None, types: tuple[type, ...] = ()
) -> strawberry.Schema:
    with warnings.catch_warnings():
        # Newer releases call the mapping config.scalar_map; the oldest supported one knows only this name.
        warnings.simplefilter("ignore", DeprecationWarning)
        made = strawberry.Schema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            scalar_overrides=SCALARS,
            config=StrawberryConfig(auto_camel_case=True),
        )
    _leave_out_null_defaults(made._schema)  # noqa: SLF001 - graphql-core's
    _list_errors_last(made._schema)  # noqa: SLF001 - graphql-core's
    place_loaders(made)
    list_values_in_errors(made._schema)  # noqa: SLF001 - graphql-core's
    describe_recurring(made._schema)  # noqa: SLF001 - graphql-core's
    return made


def _leave_out_null_defaults(schema: GraphQLSchema) -> None:
    # The resolver's own default is None.
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            places = list(kind.fields.values())
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            places = [argument for field in kind.fields.values() for argument in field.args.values()]
        else:
            continue
        for place in places:
            if place.default_value is None:
                place.default_value = Undefined


def _list_errors_last(schema: GraphQLSchema) -> None:
    """Make the inherited field ``errors`` the last field of each payload."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Payload") and "errors" in kind.fields:
            kind.fields["errors"] = kind.fields.pop("errors")
