"""What one answer may hold: bytes of payloads and definitions, and rows."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import parse, validate

from automate.kernel import access_changes
from automate.kernel.ids import new_id
from automate.kernel.sql import execute
from automate.kernel.tenancy import TenantRef, acting_for
from tests.support import rows
from tests.support.api import MAIN_JOB, PLATFORM, Api
from tests.support.cost import takes_under
from tests.support.facts import naming
from tests.support.sockets import open_socket

MIB = 1024 * 1024
LARGE = 1_000_000
PAYLOADS = "query($first: Int) { events(first: $first) { edges { node { id payload } } } }"


def heavy_events(tenant: TenantRef, count: int, payload: Any) -> list[Any]:
    with acting_for(tenant):
        return [rows.event(payload) for _ in range(count)]


def codes_of(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.slow
def test_payloads_of_one_answer_are_bounded(api: Api, tenant: Any) -> None:
    """Eight payloads of a million bytes are within 8 MiB, the ninth is not; each that is left out says so."""
    heavy_events(tenant.ref, 10, "x" * (LARGE - 2))
    assert "errors" not in api.answer(PAYLOADS, first=8)
    answer = api.answer(PAYLOADS, first=10)
    shown = [edge["node"]["payload"] for edge in answer["data"]["events"]["edges"]]
    assert shown == ["x" * (LARGE - 2)] * 8 + [None] * 2
    assert codes_of(answer) == ["LIMIT_EXCEEDED"] * 2
    assert [error["path"] for error in answer["errors"]] == [["events", "edges", n, "node", "payload"] for n in (8, 9)]
    assert answer["errors"][0]["extensions"]["details"] == {"limit": "answer_payload_bytes", "maximum": 8 * MIB}
    assert answer["errors"][0]["message"] == naming("id")


@pytest.mark.slow
def test_bound_is_the_answers_not_a_fields(api: Api, tenant: Any) -> None:
    heavy_events(tenant.ref, 3, "x" * (LARGE - 2))
    document = "{" + " ".join(f"a{n}: events {{ edges {{ node {{ payload }} }} }}" for n in range(4)) + "}"
    answer = api.answer(document)
    shown = [edge["node"]["payload"] is not None for field in answer["data"].values() for edge in field["edges"]]
    assert (shown, codes_of(answer)) == ([True] * 8 + [False] * 4, ["LIMIT_EXCEEDED"] * 4)
    assert "errors" not in api.answer(PAYLOADS, first=3)


def test_previews_count_by_what_is_read(api: Api, tenant: Any) -> None:
    heavy_events(tenant.ref, 10, "x" * (64 * 1024 - 2))
    heavy_events(tenant.ref, 1, "x" * (64 * 1024))
    document = "{" + " ".join(f"a{n}: events {{ edges {{ node {{ payloadPreview }} }} }}" for n in range(13)) + "}"
    answer = api.answer(document)
    shown = [edge["node"]["payloadPreview"] for field in answer["data"].values() for edge in field["edges"]]
    assert (len([text for text in shown if text]), codes_of(answer)) == (128, ["LIMIT_EXCEEDED"] * 2)
    assert shown[:2] == [None, '"' + "x" * 198 + "…"]


def test_definitions_count_too(api: Api, tenant: Any) -> None:
    """They are never null, so the whole field goes, and the message says what to do."""
    definition = json.dumps({"schema": 1, "steps": [], "note": "x" * 250_000})
    with acting_for(tenant.ref):
        flow = rows.flow()
        for number in range(2, 42):
            execute(
                "INSERT INTO workflow_version (id, workflow_id, number, definition, checksum, published_at, published_by)"
                " VALUES (%s, %s, %s, %s::jsonb, '', now(), 'test')",
                [new_id(), flow.workflow, number, definition],
            )
        execute("UPDATE workflow SET definition = %s::jsonb", [definition])
    document = "query($first: Int) { workflows { edges { node { versions(first: $first) { edges { node { number definition } } } } } } }"
    assert "errors" not in api.answer(document, first=30)
    answer = api.answer(document, first=40)
    assert (answer["data"], codes_of(answer)[0]) == (None, "LIMIT_EXCEEDED")
    drafts = (
        "{" + " ".join(f'a{n}: workflow(slug: "{flow.slug}") {{ draft {{ definition }} }}' for n in range(20)) + "}"
    )
    assert api.data(drafts)["a19"]["draft"]["definition"] == json.loads(definition)


@pytest.mark.slow
def test_what_redaction_makes_longer_counts_as_it_is_shown(api: Api, tenant: Any) -> None:
    """Eight of 960,000 bytes would fit as they were sent; short tokens are hidden by a longer word."""
    heavy_events(tenant.ref, 10, [{"token": "1"}] * 60_000)
    answer = api.answer(PAYLOADS, first=10)
    shown = [edge["node"]["payload"] for edge in answer["data"]["events"]["edges"]]
    assert [len(payload) for payload in shown if payload] == [60_000] * 6
    assert codes_of(answer) == ["LIMIT_EXCEEDED"] * 4
    assert len(json.dumps(answer["data"], separators=(",", ":"))) < 8 * MIB + 4096


@pytest.mark.slow
@pytest.mark.long
def test_payloads_do_not_all_stand_in_memory_as_objects(api: Api, tenant: Any) -> None:
    """Of all JSON, empty lists grow most: from three bytes to seventy."""
    heavy_events(tenant.ref, 8, [[]] * 199_000)
    tracemalloc.start()
    try:
        response = api.post({"query": PAYLOADS, "variables": {"first": 8}})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert response.content.count(b"[]") == 8 * 199_000
    assert peak < 110 * MIB


@pytest.mark.slow
def test_socket_shows_payloads_as_http_does(api: Api, tenant: Any, web: str, run_async: Callable[[Any], Any]) -> None:
    heavy_events(tenant.ref, 1, {"n": 2**70, "text": "é", "password": "hunter2"})

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            return await socket.answer(PAYLOADS, first=1)

    answer = run_async(scenario())
    assert answer["data"] == api.data(PAYLOADS, first=1)
    assert answer["data"]["events"]["edges"][0]["node"]["payload"] == {
        "n": 2**70,
        "text": "é",
        "password": "[redacted]",
    }


def cost_of(schema: Any, document: str, **variables: Any) -> int:
    from graphql_schema.cost import priced

    (operation,) = priced(schema._schema, parse(document)).values()
    return operation.cost.of(variables)


@pytest.mark.parametrize(
    ("document", "variables", "rows"),
    [
        ("{ __typename }", {}, 0),
        ("{ run(id: 1) { id state } }", {}, 1),
        ("{ runs { edges { node { id } } } }", {}, 50),
        ("{ runs(first: 7) { totalCount pageInfo { endCursor } edges { cursor node { id } } } }", {}, 27),
        ("query($n: Int = 3) { runs(last: $n) { edges { node { id } } } }", {}, 3),
        ("query($n: Int = 3) { runs(last: $n) { edges { node { id } } } }", {"n": 4}, 4),
        ("query($n: Int = 3) { runs(first: $n) { edges { node { id } } } }", {"n": None}, 50),
        ("query($a: Int, $b: Int) { runs(first: $a, last: $b) { edges { node { id } } } }", {"b": 2}, 2),
        ("{ runs(first: 0) { edges { node { id event { id } } } } }", {}, 0),
        ("{ runs(first: -5) { edges { node { id } } } }", {}, 0),
        ("query($n: Int) { runs(first: $n) { edges { node { id } } } }", {"n": "x"}, 50),
        ("{ runs(first: " + "9" * 5_000 + ") { edges { node { id } } } }", {}, 100),
        ("{ runs(first: 10) { edges { node { steps { key } event { decisions(first: 3) { verdict } } } } } }", {}, 550),
        ("{ events(first: 10) { edges { node { runs(first: 10) { totalCount edges { node { id } } } } } } }", {}, 310),
        ("{ rules(first: 10) { edges { node { slug when workflow { slug } } } } }", {}, 100),
        ('{ explainRule(when: true, event: "x") { verdict } }', {}, 4_001),
        # What is written twice is read once; what only one type has counts once.
        (
            "{ ...F ...F runs(first: 5) { edges { node { event { id } } } } } fragment F on Query { runs(first: 5) { edges { node { id event { type } } } } }",
            {},
            10,
        ),
        ("{ node(id: 1) { id ... on Event { source { slug } } ... on ExecutionRun { event { id } } } }", {}, 3),
        # Over a hundred a page is refused by name, which needs no second refusal here.
        ("query($n: Int) { runs(first: $n) { edges { node { id } } } }", {"n": 10**9}, 100),
    ],
)
def test_cost_is_the_rows_that_a_document_may_ask_for(
    database: Any, document: str, variables: dict[str, Any], rows: int
) -> None:
    from graphql_schema.schema import tenant_schema

    assert cost_of(tenant_schema, document, **variables) == rows


def test_contract_stays_far_below_the_limit(database: Any) -> None:
    from graphql_schema.schema import platform_schema, tenant_schema

    costs = {name: cost_of(tenant_schema, document, first=100) for name, document in MAIN_JOB.items()}
    costs |= {name: cost_of(platform_schema, document, first=100) for name, document in PLATFORM.items()}
    assert {name: cost for name, cost in costs.items() if cost > 100} == {
        "Runs": 2_420,
        "Events": 4_720,
        "Workflows": 700,
        "Tenants": 220,
        "SaveWorkflow": 12_005,
        "PublishWorkflow": 12_002,
        "SaveRule": 111,
        "RunFeed": 206,
    }


DEAR = {
    "query": {
        'explainRule(when: true, event: "x") { verdict }': 4,
        "previewStep(input: {}) { hosts }": 4,
        "verifyDelivery(input: {}) { verified }": 4,
        "validateWorkflow(definition: {}) { valid problems { message path } errors { code } }": 1,
        'publishChecklist(workflow: "w") { publishable items { key problems { message } } }': 1,
        'workflowDiff(input: {workflow: "w"}) { same steps { key places { path } } }': 1,
        "exportConfiguration { configuration fingerprint }": 1,
        "planConfiguration(input: {configuration: {}}) { changes { kind slug places { path } } errors { code path } }": 1,
    },
    "mutation": {
        'installRecipe(input: {recipe: "x"}) { changes { slug } }': 4,
        'saveWorkflow(input: {slug: "w", name: "w", definition: {}}) { workflow { slug } }': 1,
        'publishWorkflow(input: {workflow: "w"}) { workflowVersion { number } }': 1,
        'rollBackWorkflow(input: {workflow: "w", version: 1}) { workflowVersion { number } }': 1,
        'testWorkflow(input: {workflow: "w"}) { test { state } }': 1,
        'testStep(input: {workflow: "w", step: "s"}) { test { state } }': 1,
        "applyConfiguration(input: {configuration: {}}) { changes { kind slug places { path } } errors { code path } }": 1,
    },
}
"""Root fields whose work does not follow from their rows, and how often a request may ask for them."""


@pytest.mark.parametrize(("operation", "field"), [(kind, field) for kind, fields in DEAR.items() for field in fields])
def test_dear_field_is_asked_for_a_few_times_at_most(database: Any, operation: str, field: str) -> None:
    from graphql_schema.limits import DOCUMENT
    from graphql_schema.schema import tenant_schema

    def cost(times: int) -> int:
        document = operation + "{" + " ".join(f"a{n}: {field}" for n in range(times)) + "}"
        assert validate(tenant_schema._schema, parse(document)) == []
        return cost_of(tenant_schema, document)

    most = DEAR[operation][field]
    assert cost(most) <= DOCUMENT.cost < cost(most + 1)


def test_answer_tells_its_cost(busy: Any) -> None:
    answer = busy.api.answer(MAIN_JOB["Runs"], first=10)
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["maximum"]) == (260, 20_000)
    failed = busy.api.answer("{ runs(first: 101) { totalCount } }")
    assert failed["extensions"]["cost"]["requested"] == 20


HOPS = "{ events(first: 100) { edges { node { runs(first: 100) { edges { node { event { runs(first: 100) { edges { node { id } } } } } } } } } } }"


def test_lists_within_lists_are_refused_before_anything_is_read(busy: Any, web: str, run_async: Any) -> None:
    access_changes.changed()
    with CaptureQueriesContext(connection) as captured:
        response = busy.api.post({"query": HOPS})
    error = response.json()["errors"][0]["extensions"]
    assert (response.status_code, error["code"], len(captured)) == (400, "GRAPHQL_TOO_COMPLEX", 1)
    assert error["details"] == {"limit": "cost", "requested": 1_020_100, "maximum": 20_000}

    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.subscribe("1", HOPS)
            return await socket.error()

    assert run_async(scenario()) == "GRAPHQL_TOO_COMPLEX"


def test_cost_of_a_known_document_takes_no_time(database: Any) -> None:
    from graphql_schema.cost import priced
    from graphql_schema.schema import tenant_schema

    (operation,) = priced(tenant_schema._schema, parse(MAIN_JOB["Events"])).values()
    assert takes_under(0.1, lambda: [operation.cost.of({"first": 100}) for _ in range(1_000)])
