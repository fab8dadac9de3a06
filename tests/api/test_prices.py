"""Prices follow measured time: heavy fields with their largest inputs take no more than they are priced at."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from graphql_schema import reference
from tests.support.api import Api
from tests.support.tree import ROOT

NOISE = 2.0
"""Other processes slow down caches and clocks. A price that is wrong by more than this is wrong."""
STEPS = 900
DEFINITION = {
    "schema": 1,
    "steps": [
        {
            "key": f"s{n}",
            "uses": "http.request",
            "with": {
                "url": "https://example.com/{{ event.payload.a }}",
                "json": {"a": "{{ event.payload." + "x" * 60 + " }}"},
            },
            "needs": [f"s{m}" for m in range(max(0, n - 5), n)],
        }
        for n in range(STEPS)
    ],
}
CONDITION = {"some": [{"map": [{"var": "payload.items"}, {"*": [{"var": ""}, 2]}]}, {">": [{"var": ""}, 10**9]}]}
HEAVY: dict[str, tuple[str, dict[str, Any]]] = {
    "validateWorkflow": (
        "query($d: JSON!) { validateWorkflow(definition: $d) { valid problems { message path } errors { code } } }",
        {"d": DEFINITION},
    ),
    "saveWorkflow": (
        "mutation($i: SaveWorkflowInput!) { saveWorkflow(input: $i) { workflow { slug } errors { code } } }",
        {"i": {"slug": "w", "name": "W", "definition": DEFINITION}},
    ),
    "introspection": (get_introspection_query(), {}),
    "explainCost": (
        "query($d: String!) { explainCost(document: $d) { requested fields { path points } errors { code } } }",
        {"d": get_introspection_query()},
    ),
    "connectors": ("{ connectors { name inputSchema } }", {}),
}


@pytest.mark.slow
@pytest.mark.parametrize(("document", "variables"), HEAVY.values(), ids=HEAVY)
def test_heavy_field_takes_no_more_than_its_price(api: Api, document: str, variables: dict[str, Any]) -> None:
    costs = [api.answer(document, **variables)["extensions"]["cost"] for _ in range(3)]
    assert min(cost["charged"] for cost in costs) <= NOISE * costs[0]["requested"]


@pytest.mark.slow
def test_condition_takes_no_more_than_its_price(api: Api) -> None:
    ingest = "mutation($i: IngestEventInput!) { ingestEvent(input: $i) { event { id } errors { code } } }"
    event = api.data(ingest, i={"type": "t", "payload": {"items": list(range(49_000))}})["ingestEvent"]["event"]["id"]
    document = "query($w: JSON!, $e: ID!) { explainRule(when: $w, event: $e) { verdict } }"
    costs = [api.answer(document, w=CONDITION, e=event)["extensions"]["cost"] for _ in range(3)]
    assert min(cost["charged"] for cost in costs) <= NOISE * costs[0]["requested"]


@pytest.mark.slow
def test_rows_take_no_more_than_their_price(busy: Any) -> None:
    document = "{ runs(first: 100) { edges { node { id state traceId steps(first: 10) { id key state attempt } event { id type } } } } }"
    costs = [busy.api.answer(document)["extensions"]["cost"] for _ in range(3)]
    assert min(cost["charged"] for cost in costs) <= costs[0]["requested"]


def test_page_of_the_docs_shows_prices_and_limits() -> None:
    page = (ROOT / "docs" / "graphql.md").read_text()
    assert reference.with_tables(page) == page, "run `python -m graphql_schema`"
    assert reference.prices_table() in page
    assert reference.limits_table() in page


def test_each_price_belongs_to_a_field(database: Any) -> None:
    from graphql_schema.prices import PRICES
    from graphql_schema.schema import tenant_schema

    types: Any = tenant_schema._schema.type_map
    assert [key for key in PRICES if key[1] not in types[key[0]].fields] == []
