"""Building a schema fails for a field below a root that planned reads would not honour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
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
    assert str(caught.value) == naming("Thing.said", "prefetch")


def test_field_with_a_permission_class_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        schema_with(lambda resolver: strawberry.field(resolver=resolver, graphql_type=str, permission_classes=[Nobody]))
    assert str(caught.value) == naming("Thing.said", "permission")


def test_field_with_a_resolver_and_no_loader_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        schema_with(lambda resolver: strawberry.field(resolver=resolver, graphql_type=str))
    assert str(caught.value) == naming("Thing.said", "loader")


def test_every_loader_is_of_a_field_that_takes_it() -> None:
    """A loader of a field that is gone, or misspelled, is found."""
    from graphql_schema.planning import CHILDREN
    from graphql_schema.schema import platform_schema, tenant_schema

    schemas = [schema._schema.type_map for schema in (tenant_schema, platform_schema)]
    assert len(CHILDREN) > 60
    lost = [
        (name, field)
        for name, field in CHILDREN
        if not any(field in getattr(kinds.get(name), "fields", {}) for kinds in schemas)
    ]
    assert lost == []


def test_sabotaged_table_of_loaders_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a loader of our own schema is missing."""
    from graphql_schema.planning import CHILDREN, load_planners
    from graphql_schema.schema import tenant_schema

    load_planners(tenant_schema)
    monkeypatch.delitem(CHILDREN, ("ExecutionRun", "steps"))
    with pytest.raises(TypeError) as caught:
        load_planners(tenant_schema)
    assert str(caught.value) == naming("ExecutionRun.steps", "loader")


def test_sabotaged_field_of_our_own_schema_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a field of a planned type gets an extension, which no plan would run."""
    from graphql_schema.planning import load_planners
    from graphql_schema.schema import tenant_schema

    definition: Any = tenant_schema.get_type_by_name("ExecutionRun")
    state = next(field for field in definition.fields if field.python_name == "state")
    load_planners(tenant_schema)
    monkeypatch.setattr(state, "extensions", [Shout()])
    with pytest.raises(TypeError) as caught:
        load_planners(tenant_schema)
    assert str(caught.value) == naming("ExecutionRun.state", "extension")
