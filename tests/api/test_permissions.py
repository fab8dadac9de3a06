"""Each root field and each edge between entities declares a permission, and every role gets what the table says."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

from automate.kernel.permissions import (
    MANAGE_TOKENS,
    PERMISSIONS,
    ROLES,
    VIEW_WORKFLOWS,
    permissions_of,
    token_permissions,
)
from automate.kernel.tenancy import acting_for_platform
from scripts.permission_matrix import Guarded, all_guarded
from tests.api.test_sign_in_streams import member_stream
from tests.support import event_streams
from tests.support.api import Api
from tests.support.browsers import Browser, person, signed_in

CREATE = "mutation ($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message } } }"
LEAVES = "leaveTenant"
"""Afterwards the caller is no member any more."""


class Walks(Protocol):
    """A caller of a tenant's API. permissions: those that it must have."""

    permissions: frozenset[str]

    def answer(self, document: str) -> dict[str, Any]: ...

    def stream(self, host: str, document: str) -> AbstractAsyncContextManager[event_streams.Events]: ...


class Token:
    """value: of a token with a role, and with scopes or None."""

    def __init__(self, value: str, role: str, scopes: Sequence[str] | None) -> None:
        self.api, self.permissions = Api(value), token_permissions(role, scopes)

    def answer(self, document: str) -> dict[str, Any]:
        return self.api.answer(document)

    def stream(self, host: str, document: str) -> AbstractAsyncContextManager[event_streams.Events]:
        return event_streams.open_stream(host, self.api.token, document)


class Session:
    """A member who has signed in with a browser."""

    def __init__(self, tenant: Any, role: str) -> None:
        self.tenant, self.role, self.permissions = tenant, role, permissions_of(role)
        self.browser = self._signed_in()

    def _signed_in(self) -> Browser:
        return signed_in(person((self.tenant, self.role)))

    def answer(self, document: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.browser.tenant(self.tenant.slug, document).json()
        if LEAVES in document:
            self.browser = self._signed_in()
        return answer

    def stream(self, host: str, document: str) -> AbstractAsyncContextManager[event_streams.Events]:
        return member_stream(host, self.tenant.slug, self.browser, document)


Caller = Callable[[Any, str, Sequence[str] | None], Walks]
"""Makes a caller of a tenant (a TenantRef) with a role, and with scopes or None."""


def by_session(tenant: Any, role: str, scopes: Sequence[str] | None) -> Walks:
    """A session has no scopes: a member who wants fewer rights makes a token."""
    return Session(tenant, role) if scopes is None else by_token_of_member(tenant, role, scopes)


def by_token_of_member(tenant: Any, role: str, scopes: Sequence[str] | None) -> Walks:
    """A token that a member with a session has made. Who may make none has the token of another member."""
    maker = Session(tenant, role if MANAGE_TOKENS in permissions_of(role) else "owner")
    wanted = {"name": f"walks as {role}", "role": role.upper(), "scopes": scopes}
    made = maker.browser.tenant(tenant.slug, CREATE, input=wanted).json()["data"]["createToken"]
    assert made["errors"] == []
    return Token(made["value"], role, scopes)


def by_token(tenant: Any, role: str, scopes: Sequence[str] | None) -> Walks:
    from tenants.models import Tenant
    from tenants.tokens import TokenRestrictions, mint

    with acting_for_platform("mint a token for a test"):
        token, row = mint(Tenant.objects.get(id=tenant.id), f"walks as {role}", role, TokenRestrictions(scopes))
        row.save()
    return Token(token, role, scopes)


CALLERS: dict[str, Caller] = {"session": by_session, "token": by_token, "token of a member": by_token_of_member}
"""The kinds of callers that have a role: each walks the whole matrix."""


def test_every_guarded_field_declares_a_known_permission() -> None:
    fields = all_guarded()
    assert len(fields) > 25
    assert [str(field) for field in fields if field.permission not in PERMISSIONS] == []


def test_undeclared_field_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a child without a declaration fails the walk."""
    from graphql_schema.planning import LOADER
    from graphql_schema.schema import tenant_schema

    run: Any = tenant_schema._schema.type_map["ExecutionRun"]
    monkeypatch.delitem(run.fields["steps"].extensions, LOADER)
    assert [str(field) for field in all_guarded() if field.permission not in PERMISSIONS] == ["ExecutionRun.steps"]


def test_roles_grow_from_viewer_to_owner() -> None:
    order = [ROLES[role] for role in ("viewer", "operator", "editor", "admin", "owner")]
    assert all(smaller <= larger for smaller, larger in itertools.pairwise(order))


FIRST_SECONDS = 10.0
"""Within this time a refused subscription says so, and an open one sends its first item."""
ASK_FOR_MORE = frozenset(
    {
        "Mutation.applyConfiguration",
        "Query.exportConfiguration",
        "Query.explainRule",
        "Query.planConfiguration",
        "Query.previewBulkOperation",
        "Query.previewStep",
        "Query.publishChecklist",
    }
)
"""They ask for further permissions, which depend on their arguments: one scope alone is not enough."""
PERMISSION_OF_FIRST_KIND = {"exportRecords": "view_events"}
"""The permission depends on the argument: that of the first value of its enum."""


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
    simple = {
        "Int": "1",
        "Boolean": "true",
        "Float": "1",
        "BigInt": '"1"',
        "JSON": "{}",
        "DateTime": '"2026-01-01T00:00:00Z"',
    }
    return simple.get(kind.name, '"x"')


def root_document(guarded: Guarded) -> str:
    from graphql_schema.schema import platform_schema, tenant_schema

    schema = (platform_schema if guarded.platform else tenant_schema)._schema
    field = schema.type_map[guarded.type].fields[guarded.field]
    arguments = ", ".join(f"{name}: {literal(a.type)}" for name, a in field.args.items() if is_non_null_type(a.type))
    return f"{guarded.type.lower()} {{ {guarded.field}{f'({arguments})' if arguments else ''} {{ __typename }} }}"


def is_forbidden(caller: Walks, document: str) -> bool:
    errors = caller.answer(document).get("errors", [])
    codes = {error.get("extensions", error)["code"] for error in errors}
    assert not codes & {"UNAUTHENTICATED", "RATE_LIMITED", "CSRF_FAILED"}, (codes, document)
    return "FORBIDDEN" in codes


def wrongly_answered(caller: Walks, permissions: frozenset[str]) -> list[str]:
    """Root fields that are forbidden though the caller has their permission, or allowed though it lacks it."""
    roots = [field for field in all_guarded() if not field.platform and field.type in ("Query", "Mutation")]
    assert len(roots) >= 109
    return [
        str(field) for field in roots if is_forbidden(caller, root_document(field)) == (field.permission in permissions)
    ]


@pytest.mark.parametrize("caller", sorted(CALLERS))
@pytest.mark.parametrize("role", sorted(set(ROLES) - {"platform"}))
def test_each_role_may_do_what_the_table_says(tenant: Any, role: str, caller: str) -> None:
    walks = CALLERS[caller](tenant.ref, role, None)
    assert wrongly_answered(walks, walks.permissions) == []


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_callers_viewer_names_the_permissions_of_the_table(tenant: Any, caller: str) -> None:
    for role in sorted(set(ROLES) - {"platform"}):
        walks = CALLERS[caller](tenant.ref, role, None)
        found = walks.answer("{ viewer { role permissions } }")["data"]["viewer"]
        assert (found["role"], frozenset(found["permissions"])) == (role.upper(), walks.permissions)


def test_walk_finds_a_role_that_may_do_more_than_the_table_says(tenant: Any) -> None:
    """The sabotaged twin: an operator's session does not pass as that of a viewer."""
    wrong = wrongly_answered(Session(tenant.ref, "operator"), permissions_of("viewer"))
    assert "Mutation.ingestEvent" in wrong


@pytest.mark.slow
@pytest.mark.parametrize("caller", sorted(set(CALLERS) - {"session"}))
@pytest.mark.parametrize("scope", sorted(ROLES["owner"]))
def test_each_scope_leaves_its_own_permission_alone(tenant: Any, scope: str, caller: str) -> None:
    wrong = wrongly_answered(CALLERS[caller](tenant.ref, "owner", [scope]), frozenset({scope}))
    assert set(wrong) <= ASK_FOR_MORE


@pytest.mark.slow
@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_subscriptions_are_open_to_the_roles_and_scopes_of_the_table(
    tenant: Any, caller: str, web: str, run_async: Callable[[Any], Any]
) -> None:
    feeds = [field for field in all_guarded() if field.type == "Subscription"]
    holders: list[tuple[str, list[str] | None]] = [(role, None) for role in sorted(set(ROLES) - {"platform"})]
    holders += [("owner", [scope]) for scope in sorted({str(feed.permission) for feed in feeds})]

    async def is_open(walks: Walks, document: str) -> bool:
        async with walks.stream(web, document) as events:
            try:
                kind, content = await asyncio.wait_for(events.event(), FIRST_SECONDS)
            except asyncio.TimeoutError:
                return True
        return "FORBIDDEN" not in str((kind, content))

    def wrongly_open(role: str, scopes: list[str] | None) -> list[str]:
        walks = CALLERS[caller](tenant.ref, role, scopes)
        documents = [(feed, root_document(feed)) for feed in feeds]
        return [
            str(feed)
            for feed, text in documents
            if run_async(is_open(walks, text))
            != (PERMISSION_OF_FIRST_KIND.get(feed.field, feed.permission) in walks.permissions)
        ]

    found = {(role, str(scopes)): wrongly_open(role, scopes) for role, scopes in holders}
    assert {holder: wrong for holder, wrong in found.items() if wrong} == {}


def test_forbidden_edge_says_which_permission(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No role of today may see runs but not their steps; a table that says so is obeyed row by row."""
    from graphql_schema.planning import LOADER, FieldLoader
    from graphql_schema.schema import tenant_schema

    run: Any = tenant_schema._schema.type_map["ExecutionRun"]
    steps = run.fields["steps"].extensions
    monkeypatch.setitem(steps, LOADER, FieldLoader(steps[LOADER].load, "see_steps"))
    answer = busy.api.answer("{ runs(first: 2) { edges { node { id steps { id } } } } }")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["details"] == {"permission": "see_steps"}
    assert busy.api.data("{ runs(first: 1) { edges { node { id } } } }")


def test_node_needs_the_permission_of_its_type(tenant: Any) -> None:
    """Whether the object exists, or not."""
    from graphql_schema.ids import global_id
    from graphql_schema.nodes import ENTITIES

    def lacked(scopes: list[str]) -> dict[str, Any]:
        caller, found = by_token(tenant.ref, "owner", scopes), {}
        for name in ENTITIES:
            answer = caller.answer(f'{{ node(id: "{global_id(name, uuid.UUID(int=7))}") {{ id }} }}')
            codes = {error["extensions"]["code"]: error["extensions"]["details"] for error in answer.get("errors", [])}
            found[name] = codes.get("FORBIDDEN", {}).get("permission")
        return found

    needed = {name: entity.permission for name, entity in ENTITIES.items()}
    alone = lacked([VIEW_WORKFLOWS])
    assert alone == {name: None if permission == VIEW_WORKFLOWS else permission for name, permission in needed.items()}
    assert {*lacked(sorted(ROLES["owner"])).values()} == {None}


def test_usage_of_cost_needs_the_permission_for_money(tenant: Any) -> None:
    document = '{ usage(metric: %s, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { total } }'
    viewer, owner = (by_token(tenant.ref, role, None) for role in ("viewer", "owner"))
    assert is_forbidden(viewer, document % "COST")
    assert not is_forbidden(owner, document % "COST")
    assert not is_forbidden(viewer, document % "RUNS")


def test_viewer_is_told_what_is_missing(tenant: Any, token_for: Callable[..., str]) -> None:
    api = Api(token_for(tenant.ref, "viewer"))
    answer = api.answer('mutation { publishWorkflow(input: {workflow: "x"}) { errors { code } } }')
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["details"] == {"permission": "publish_workflows"}
