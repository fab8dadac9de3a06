"""Lists the permission of each field of the schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from graphql_schema.permissions import Requires
from graphql_schema.planning import loader_of
from graphql_schema.schema import platform_schema, tenant_schema

ROOTS = ("Query", "Mutation", "Subscription")
FOR_EVERY_TOKEN = frozenset({"errorCodes", "explainCost", "viewer", "tenant"})
"""Fields that need no permission, because they read only the schema or the names of the caller and its tenant."""


@dataclass(frozen=True)
class Guarded:
    """A field that needs a permission besides the permission of the parent."""

    platform: bool
    type: str
    field: str
    permission: str | None
    """None if the field declares no permission."""

    def __str__(self) -> str:
        return f"{'platform ' if self.platform else ''}{self.type}.{self.field}"


def all_guarded() -> list[Guarded]:
    # Sorted by schema, type and field.
    return sorted(_guarded_fields(), key=str)


def _guarded_fields() -> Iterator[Guarded]:
    # Root fields, fields with arguments, and fields that return an entity.
    for strawberry_schema, platform in ((tenant_schema, False), (platform_schema, True)):
        schema = strawberry_schema._schema  # noqa: SLF001 - graphql-core's
        known, items = _entities(schema), _feed_items(schema)
        holders = known | {f"{name}Connection" for name in known} | {"Decision"}
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
                continue
            # The field that returns a payload, edge or feed item has checked the permission.
            if kind.name.endswith(("Payload", "Result", "Edge", "Connection")) or kind.name in items:
                continue
            for name, field in kind.fields.items():
                if name in FOR_EVERY_TOKEN:
                    continue
                if kind.name in ROOTS or field.args or get_named_type(field.type).name in holders:
                    yield Guarded(platform, kind.name, name, _declared(strawberry_schema, kind, name))


def _declared(strawberry_schema: Any, kind: GraphQLObjectType, field: str) -> str | None:
    loader = loader_of(kind, field)
    if loader is not None:
        return loader.permission
    found = strawberry_schema.get_field_for_type(field, kind.name)
    return next((one.permission for one in found.extensions if isinstance(one, Requires)), None) if found else None


def _entities(schema: GraphQLSchema) -> set[str]:
    node = schema.type_map["Node"]
    if not isinstance(node, GraphQLInterfaceType):
        raise TypeError("Node is an interface")
    kinds = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    return {kind.name for kind in kinds if node in kind.interfaces}


def _feed_items(schema: GraphQLSchema) -> set[str]:
    # The root field of a feed checks the permission for them.
    unions = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLUnionType)]
    return {"RunFeedItem"} | {item.name for union in unions if union.name.endswith("FeedItem") for item in union.types}
