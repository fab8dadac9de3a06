"""Each root field and each edge between entities declares a permission, and every role gets what the table says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

from automate.kernel.permissions import PERMISSIONS, ROLES
from tests.support.api import Api

ROOTS = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True)
class Guarded:
    """A field that shows or does something of its own. permission: None where it declares none."""

    platform: bool
    type: str
    field: str
    permission: str | None

    def __str__(self) -> str:
        return f"{'platform ' if self.platform else ''}{self.type}.{self.field}"


def declared(strawberry_schema: Any, type_name: str, field: str) -> str | None:
    from graphql_schema.approvals.feed.subscription import FEED_PERMISSION as APPROVAL_FEED_PERMISSION
    from graphql_schema.audit.subscription import EXPORT_PERMISSION
    from graphql_schema.backtests.subscription import PROGRESS_PERMISSION as BACKTEST_PERMISSION
    from graphql_schema.bulk.subscription import PROGRESS_PERMISSION
    from graphql_schema.events.feed.subscription import FEED_PERMISSION as EVENT_FEED_PERMISSION
    from graphql_schema.permissions import Requires
    from graphql_schema.planning import CHILDREN
    from graphql_schema.runs.feed.subscription import FEED_PERMISSION

    if (type_name, field) in CHILDREN:
        return CHILDREN[type_name, field].permission
    if type_name == "Subscription":
        permissions = {
            "auditExport": EXPORT_PERMISSION,
            "runFeed": FEED_PERMISSION,
            "eventFeed": EVENT_FEED_PERMISSION,
            "approvalFeed": APPROVAL_FEED_PERMISSION,
            "bulkProgress": PROGRESS_PERMISSION,
            "backtestProgress": BACKTEST_PERMISSION,
        }
        return permissions.get(field)
    found = strawberry_schema.get_field_for_type(field, type_name)
    return next((e.permission for e in found.extensions if isinstance(e, Requires)), None) if found else None


FOR_EVERY_TOKEN = {"explainCost", "viewer", "tenant"}
"""They read nothing but the schema, as introspection does, and the names of the caller and its tenant."""


def entities(schema: GraphQLSchema) -> set[str]:
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return {kind.name for kind in schema.get_implementations(node).objects}


def feed_items(schema: GraphQLSchema) -> set[str]:
    """The types of the items of feeds, which their root fields guard."""
    unions = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLUnionType)]
    return {"RunFeedItem"} | {item.name for union in unions if union.name.endswith("FeedItem") for item in union.types}


def guarded_fields() -> Iterator[Guarded]:
    """Root fields, and fields with arguments or of an entity's type, which lead out of the row that they are on."""
    from graphql_schema.schema import platform_schema, tenant_schema

    for strawberry_schema, platform in ((tenant_schema, False), (platform_schema, True)):
        schema = strawberry_schema._schema
        known, items = entities(schema), feed_items(schema)
        holders = known | {f"{name}Connection" for name in known} | {"Decision"}
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
                continue
            # What these hold was guarded where it was asked for.
            if kind.name.endswith(("Payload", "Edge", "Connection")) or kind.name in items:
                continue
            for name, field in kind.fields.items():
                if name in FOR_EVERY_TOKEN:
                    continue
                if kind.name in ROOTS or field.args or get_named_type(field.type).name in holders:
                    yield Guarded(platform, kind.name, name, declared(strawberry_schema, kind.name, name))


def all_guarded() -> list[Guarded]:
    return sorted(guarded_fields(), key=str)


def test_every_guarded_field_declares_a_known_permission() -> None:
    fields = all_guarded()
    assert len(fields) > 25
    assert [str(field) for field in fields if field.permission not in PERMISSIONS] == []


def test_undeclared_field_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a child without a declaration fails the walk."""
    from graphql_schema.planning import CHILDREN

    monkeypatch.delitem(CHILDREN, ("ExecutionRun", "steps"))
    assert [str(field) for field in all_guarded() if field.permission not in PERMISSIONS] == ["ExecutionRun.steps"]


def test_roles_grow_from_viewer_to_owner() -> None:
    order = [ROLES[role] for role in ("viewer", "operator", "editor", "admin", "owner")]
    assert all(smaller <= larger for smaller, larger in itertools.pairwise(order))


def literal(kind: Any) -> str:
    """A value of an input type, as small as can be."""
    if is_non_null_type(kind):
        kind = kind.of_type
    if is_list_type(kind):
        return "[]"
    if isinstance(kind, GraphQLInputObjectType):
        required = [(name, field.type) for name, field in kind.fields.items() if is_required_input_field(field)]
        if kind.extensions["strawberry-definition"].is_one_of:
            required = [next((name, field.type) for name, field in kind.fields.items())]
        return "{" + ", ".join(f"{name}: {literal(of)}" for name, of in required) + "}"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return {"Int": "1", "Boolean": "true", "Float": "1", "JSON": "{}"}.get(kind.name, '"x"')


def root_document(guarded: Guarded) -> str:
    from graphql_schema.schema import platform_schema, tenant_schema

    schema = (platform_schema if guarded.platform else tenant_schema)._schema
    field = schema.type_map[guarded.type].fields[guarded.field]
    arguments = ", ".join(f"{name}: {literal(a.type)}" for name, a in field.args.items() if is_non_null_type(a.type))
    return f"{guarded.type.lower()} {{ {guarded.field}{f'({arguments})' if arguments else ''} {{ __typename }} }}"


def is_forbidden(api: Api, document: str) -> bool:
    errors = api.answer(document).get("errors", [])
    return any(error["extensions"]["code"] == "FORBIDDEN" for error in errors)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"platform"}))
def test_each_role_may_do_what_the_table_says(tenant: Any, token_for: Callable[..., str], role: str) -> None:
    api = Api(token_for(tenant.ref, role))
    roots = [field for field in all_guarded() if not field.platform and field.type in ("Query", "Mutation")]
    assert len(roots) == 99
    wrong = [
        str(field) for field in roots if is_forbidden(api, root_document(field)) == (field.permission in ROLES[role])
    ]
    assert wrong == []


def test_forbidden_edge_says_which_permission(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No role of today may see runs but not their steps; a table that says so is obeyed row by row."""
    from graphql_schema.planning import CHILDREN, Child

    steps = CHILDREN["ExecutionRun", "steps"]
    monkeypatch.setitem(CHILDREN, ("ExecutionRun", "steps"), Child(steps.load, "see_steps"))
    answer = busy.api.answer("{ runs(first: 2) { edges { node { id steps { id } } } } }")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["details"] == {"permission": "see_steps"}
    assert busy.api.data("{ runs(first: 1) { edges { node { id } } } }")


def test_viewer_is_told_what_is_missing(tenant: Any, token_for: Callable[..., str]) -> None:
    api = Api(token_for(tenant.ref, "viewer"))
    answer = api.answer('mutation { publishWorkflow(input: {workflow: "x"}) { errors { code } } }')
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["details"] == {"permission": "publish_workflows"}
