"""Lists of configuration are querysets: statements, columns and cursors of each selection, with the library's optimizer and without."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from automate.kernel.bounded import BoundedCache
from automate.kernel.cursors import CursorSpace
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tenants import fresh_tokens
from tests.api.test_configuration import apply, told
from tests.api.test_sorted_lists import SECRET
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.whole_configuration import say

ROWS = 50
LISTS = {
    "rules": "RuleSpec",
    "sources": "Source",
    "schedules": "Schedule",
    "webhookEndpoints": "WebhookEndpoint",
    "workflows": "Workflow",
    "eventTypes": "EventType",
}
TABLES = {
    "rules": "rule_spec",
    "sources": "source",
    "schedules": "schedule",
    "webhookEndpoints": "webhook_endpoint",
    "workflows": "workflow",
    "eventTypes": "event_type",
}
KEYS = [{"name": "customer", "expression": "payload.customer"}]
WHEN = {"==": [{"var": "payload.total"}, 1e300]}


@pytest.fixture(scope="module")
def filled(tenant_factory: Any) -> NewTenant:
    made: NewTenant = tenant_factory()
    named = [f"one-{number:02}" for number in range(ROWS)]
    told(
        apply(
            Api(made.token),
            {
                "eventTypes": [
                    {"name": slug, "searchKeys": KEYS, "schema": {"type": "object", "required": ["b", "a"]}}
                    for slug in named
                ],
                "sources": [{"slug": slug, "scheme": "UNSIGNED"} for slug in named],
                "webhookEndpoints": [
                    {"slug": slug, "url": "https://r.example.com/x", "secrets": [SECRET]} for slug in named
                ],
                "workflows": [{"slug": slug, "name": slug.upper(), "definition": say(slug)} for slug in named],
                "rules": [
                    {"slug": slug, "name": f"Of {slug}", "workflow": slug, "when": WHEN, "options": {"debounce": {"periodSeconds": 5}}}
                    for slug in named
                ],
                "schedules": [
                    {"slug": slug, "name": slug, "data": {"z": 1, "a": 2}, "plan": {"interval": {"everySeconds": 900}}} for slug in named
                ],
            },
        )
    )  # fmt: skip
    with acting_for(made.ref):
        execute("UPDATE workflow SET paused_at = now(), skipping_at = now() WHERE slug < 'one-20'")
        execute("UPDATE source SET scheme = 'HMAC', options = '{\"encoding\": \"base64\"}' WHERE slug < 'one-20'")
        execute("UPDATE webhook_endpoint SET disabled_at = now(), disabled_reason = 'by hand' WHERE slug < 'one-20'")
    return made


@pytest.fixture(params=[True, False], ids=["optimized", "whole"])
def api(request: pytest.FixtureRequest, filled: NewTenant, monkeypatch: pytest.MonkeyPatch) -> Api:
    from graphql_schema import allowance, querysets

    if request.param and not querysets.OPTIMIZES:
        pytest.skip("The optimizer of this release fails on graphql-core 3.3.")
    monkeypatch.setattr(querysets, "OPTIMIZES", request.param)
    # On a slow machine the token would be looked up again between two of the requests, and would have no points left.
    monkeypatch.setattr(fresh_tokens, "FRESH_SECONDS", 3_600.0)
    monkeypatch.setattr(settings, "API_POINTS_PER_SECOND", 10**9)
    monkeypatch.setattr(allowance, "_accounts", BoundedCache(100))
    monkeypatch.setattr(allowance, "_allowances", BoundedCache(100))
    return Api(filled.token)


def shown(kind: GraphQLObjectType, depth: int = 2) -> Iterator[str]:
    """Each field of a type, with the fields below it. Fields below objects of other lists are leaves."""
    for name, field in kind.fields.items():
        of = get_named_type(field.type)
        if is_leaf_type(of):
            yield name
        elif depth and isinstance(of, GraphQLObjectType):
            yield f"{name} {{ {' '.join(shown(of, depth - 1))} }}"


def fields_of(kind: str) -> list[str]:
    from graphql_schema.schema import tenant_schema

    found = tenant_schema._schema.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    return [one for one in shown(found) if not one.endswith("{  }")]


def page(name: str, columns: str, first: int = ROWS) -> str:
    return f"{{ page: {name}(first: {first}) {{ pageInfo {{ endCursor }} edges {{ cursor node {{ {columns} }} }} }} }}"


def said(act: Callable[[], object]) -> list[str]:
    act()
    with CaptureQueriesContext(connection) as seen:
        act()
    return [one["sql"] for one in seen.captured_queries]


def statements(api: Api, name: str, columns: str, first: int = ROWS) -> int:
    return len(said(lambda: api.data(page(name, columns, first))))


@pytest.mark.parametrize("name", LISTS)
def test_each_selection_needs_as_many_statements_for_50_rows_as_for_one(api: Api, name: str) -> None:
    single = fields_of(LISTS[name])
    assert len(single) > 8
    for columns in (*single, "__typename", " ".join(single[:12]), " ".join(single[12:] or single)):
        assert statements(api, name, columns) == statements(api, name, columns, 1), columns


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("rules", "slug name when warnings { message } options { debounce { periodSeconds } }"),
        ("sources", "slug url secrets { version } verification { encoding } intake { __typename }"),
        ("schedules", "slug plan { interval { everySeconds } } sentence data state missedCount"),
        ("webhookEndpoints", "slug url enabled secretCount disabledReason"),
        ("workflows", "slug pausedEvents draft { valid }"),
        ("eventTypes", "name schema searchKeys { name } searchIndex { done finishedAt }"),
    ],
)
def test_list_needs_one_statement(api: Api, name: str, columns: str) -> None:
    typename = statements(api, name, "__typename")
    assert statements(api, name, columns) == typename


def test_workflow_of_a_rule_is_joined(api: Api) -> None:
    from graphql_schema.querysets import OPTIMIZES

    more = statements(api, "rules", "slug workflow { slug name }") - statements(api, "rules", "slug")
    assert more == (0 if OPTIMIZES else 1)
    nodes = [edge["node"] for edge in api.data(page("rules", "slug workflow { slug name }"))["page"]["edges"]]
    assert [one["workflow"] for one in nodes] == [{"slug": one["slug"], "name": one["slug"].upper()} for one in nodes]


@pytest.mark.parametrize("api", [True], indirect=True)
def test_only_selected_columns_are_read(api: Api) -> None:
    (statement,) = [
        one for one in said(lambda: api.data(page("rules", "slug workflow { name }"))) if "rule_spec" in one
    ]
    read = set(re.findall(r'"(rule_spec|workflow)"\."(\w+)"', statement.partition(" FROM ")[0]))
    assert read == {
        ("rule_spec", "id"), ("rule_spec", "slug"), ("rule_spec", "workflow_id"), ("workflow", "id"), ("workflow", "name")
    }  # fmt: skip


def test_field_under_two_names_is_read_once(api: Api) -> None:
    """The library's optimizer ignores such a field, and then reads a column of each row with a statement."""
    document = """{ rules(first: %d) {
      one: edges { node { x: slug w: workflow { y: slug } } }
      two: edges { ...Named node { x: name } } } }
      fragment Named on RuleSpecEdge { node { w: workflow { y: name } } }"""
    ticks = (
        "{ schedules(first: %d) { edges { node { a: nextTicks(first: 1) { at } b: nextTicks(first: 2) { at } } } } }"
    )
    for text in (document, ticks):
        counts = [len(said(lambda text=text, first=first: api.data(text % first))) for first in (1, ROWS)]  # type: ignore[misc]
        assert counts[0] == counts[1]
    found = api.data(document % ROWS)["rules"]
    assert [edge["node"]["x"] for edge in found["two"]] == [f"Of {edge['node']['x']}" for edge in found["one"]]
    assert all(edge["node"]["w"]["y"].isupper() for edge in found["two"])
    assert not any(edge["node"]["w"]["y"].isupper() for edge in found["one"])


@pytest.mark.parametrize("name", LISTS)
def test_list_shows_what_the_object_alone_shows(api: Api, name: str) -> None:
    kind = LISTS[name]
    fields = [one for one in fields_of(kind) if "jitter" not in one]
    columns = " ".join(fields)
    for edge in [*api.data(page(name, columns, 2))["page"]["edges"], *last(api, name, columns)]:
        alone = api.data(
            f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {columns} }} }} }}", id=edge["node"]["id"]
        )
        assert json.dumps(alone["node"]) == json.dumps(edge["node"])


def last(api: Api, name: str, columns: str) -> Any:
    return api.data(page(name, columns, 2).replace("first: 2", "last: 2"))["page"]["edges"]


@pytest.mark.parametrize("name", LISTS)
def test_cursors_of_earlier_releases_stay_valid(api: Api, filled: NewTenant, name: str) -> None:
    def space(binding: Any) -> CursorSpace:
        return CursorSpace(name, filled.ref.id.hex, binding)

    kind = f"{LISTS[name].removesuffix('Spec')}Order"
    text = "name" if name in {"rules", "workflows", "schedules", "eventTypes"} else "slug"
    column = "slug" if name == "eventTypes" else text
    document = f"query ($order: {kind}) {page(name, f'id {text} createdAt')}".replace("(first", "(order: $order, first")
    with acting_for(filled.ref):
        by_id = {str(row_id): row_id for (row_id,) in fetch(f"SELECT id FROM {TABLES[name]}")}

    def edges(order: Any) -> Any:
        for edge in api.data(document, order=order)["page"]["edges"]:
            yield edge["cursor"], edge["node"], by_id[uuid_of(edge["node"]["id"])]

    for cursor, _, row_id in edges(None):
        assert cursor == space(None).seal_id(row_id)
    for cursor, node, row_id in edges({text: "ASC"}):
        assert cursor == space([None, column, "ASC"]).seal_text(node[text][:40].lower(), row_id)
    for cursor, node, row_id in edges({"createdAt": "DESC"}):
        assert cursor == space([None, "created_at", "DESC"]).seal_place(
            datetime.fromisoformat(node["createdAt"]), row_id
        )


def uuid_of(global_id: str) -> str:
    from graphql_schema.ids import parse_global_id

    parsed = parse_global_id(global_id)
    assert parsed is not None
    return str(parsed[1])


def test_ciphertexts_are_never_read(filled: NewTenant) -> None:
    from automate.endpoints.queries import ENDPOINTS
    from automate.events.queries import SOURCES

    with acting_for(filled.ref):
        for rows in (SOURCES, ENDPOINTS):
            for row in (rows.first(), rows.only("id", "secrets").first()):
                assert row is not None
                assert "secrets" in row.get_deferred_fields()
                assert "sealed" not in str(vars(row))


@pytest.mark.parametrize("cursor", [False, True])
def test_newest_page_reads_the_primary_key_from_one_end(tenant: NewTenant, cursor: bool) -> None:  # noqa: FBT001 - a parameter
    from automate.kernel.keyset_queries import page_of_rows
    from automate.kernel.queries import Slice
    from automate.triggers.schedules.models import Schedule
    from automate.triggers.schedules.queries import SCHEDULES

    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    with acting_for(tenant.ref):
        many = [
            Schedule(slug=f"s{number}", name="S", kind="at", catch_up_seconds=0, created_at=at, updated_at=at)
            for number in range(3000)
        ]
        Schedule.objects.bulk_create(many, batch_size=1000)
        execute("ANALYZE schedule")
        with CaptureQueriesContext(connection) as seen:
            page_of_rows(SCHEDULES, Slice(50, after=new_id() if cursor else None))
        plan = "\n".join(line for (line,) in fetch("EXPLAIN " + seen.captured_queries[-1]["sql"]))
    assert "Index Scan Backward using schedule_pkey" in plan
    assert "Sort" not in plan
