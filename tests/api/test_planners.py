"""Building a schema fails for a field below a root that planned reads would not honour."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver

from automate.kernel.permissions import VIEW_RUNS
from tests.support.facts import naming


class Shout(FieldExtension):
    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Any, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs).upper()


class Nobody(strawberry.BasePermission):
    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return False


def schema_with(field: Callable[[Any], Any]) -> Any:
    """A schema whose query answers an object with this field, besides one that is planned."""
    from graphql_schema.making import schema_of

    class Thing:
        name: str = "a"

    Thing.said = field(lambda self: "b")
    Thing.__annotations__["name"] = str
    thing = strawberry.type(Thing)

    def answer() -> Any:
        return thing()

    query = type("Query", (), {"thing": strawberry.field(resolver=answer, graphql_type=thing)})
    mutation = type("Mutation", (), {"thing": strawberry.mutation(resolver=answer, graphql_type=thing)})
    return schema_of(strawberry.type(query), strawberry.type(mutation))


def test_field_with_an_extension_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        schema_with(lambda resolver: strawberry.field(resolver=resolver, graphql_type=str, extensions=[Shout()]))
    assert str(caught.value) == naming("Thing.said", "extension")


def test_field_with_our_permission_extension_is_refused() -> None:
    from graphql_schema.permissions import Requires

    with pytest.raises(TypeError) as caught:
        schema_with(
            lambda resolver: strawberry.field(resolver=resolver, graphql_type=str, extensions=[Requires(VIEW_RUNS)])
        )
    assert str(caught.value) == naming("Thing.said", "planned")


def test_field_with_a_permission_class_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        schema_with(lambda resolver: strawberry.field(resolver=resolver, graphql_type=str, permission_classes=[Nobody]))
    assert str(caught.value) == naming("Thing.said", "permission")


def test_field_with_a_resolver_and_no_loader_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        schema_with(lambda resolver: strawberry.field(resolver=resolver, graphql_type=str))
    assert str(caught.value) == naming("Thing.said", "loader")


def test_loader_of_each_module_is_named_by_a_field() -> None:
    """A function that no type names any more is found."""
    import graphql_schema
    from graphql_schema.planning import loader_of
    from graphql_schema.schema import platform_schema, tenant_schema

    kinds = [
        kind
        for schema in (tenant_schema, platform_schema)
        for kind in schema._schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
    ]
    found = [loader_of(kind, name) for kind in kinds for name in kind.fields]
    named = {one.load for one in found if one is not None}
    assert len(named) > 60
    loaders = {
        function
        for module in modules_of(graphql_schema)
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and is_loader(function)
    }
    assert loaders == named


def modules_of(package: ModuleType) -> list[ModuleType]:
    """The modules of loaders, imported by the types alone."""
    return [module for name, module in sys.modules.items() if name.startswith(package.__name__) and "loaders" in name]


def is_loader(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return not function.__name__.startswith("_") and [one.annotation for one in parameters][1:] == ["Selected"]


def test_sabotaged_field_without_its_loader_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a field of our own schema has lost its loader."""
    from graphql_schema.planning import place_loaders
    from graphql_schema.schema import tenant_schema

    definition: Any = tenant_schema.get_type_by_name("ExecutionRun")
    steps = next(field for field in definition.fields if field.python_name == "steps")
    place_loaders(tenant_schema)
    monkeypatch.setattr(steps, "metadata", {})
    with pytest.raises(TypeError) as caught:
        place_loaders(tenant_schema)
    assert str(caught.value) == naming("ExecutionRun.steps", "loader")


def test_sabotaged_field_of_our_own_schema_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a field of a planned type gets an extension, which no plan would run."""
    from graphql_schema.planning import place_loaders
    from graphql_schema.schema import tenant_schema

    definition: Any = tenant_schema.get_type_by_name("ExecutionRun")
    state = next(field for field in definition.fields if field.python_name == "state")
    place_loaders(tenant_schema)
    monkeypatch.setattr(state, "extensions", [Shout()])
    with pytest.raises(TypeError) as caught:
        place_loaders(tenant_schema)
    assert str(caught.value) == naming("ExecutionRun.state", "extension")
