"""explainCost prices a document, shows which fields cost what, and executes nothing."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel import access_changes
from tests.support.api import MAIN_JOB, Api

EXPLAIN = """query($d: String!, $v: JSON, $n: String) { explainCost(document: $d, variables: $v, operationName: $n) {
  requested maximum fields { path points } errors { code path message } } }"""


def explained(api: Api, document: str, variables: Any = None, name: str | None = None) -> Any:
    return api.data(EXPLAIN, d=document, v=variables, n=name)["explainCost"]


def points(found: Any) -> dict[str, int]:
    return {".".join(field["path"]): field["points"] for field in found["fields"]}


def test_price_is_the_one_that_the_operation_has(api: Api) -> None:
    for name, variables in (("Runs", {"first": 7}), ("Events", {"first": 50}), ("Workflows", {})):
        cost = api.answer(MAIN_JOB[name], **variables)["extensions"]["cost"]
        found = explained(api, MAIN_JOB[name], variables)
        assert (found["requested"], found["maximum"], found["errors"]) == (cost["requested"], cost["maximum"], [])


def test_each_field_shows_its_points(api: Api) -> None:
    document = """query Q($n: Int) { r: runs(first: $n) { totalCount edges { node { id event { id }
        steps(first: 3) { key } retries(first: 2) { edges { node { waitingFor { cause } } } } } } } __typename }"""
    assert points(explained(api, document, {"n": 10})) == {
        "r": 20 + 10 * (1 + 1 + 3 + 2 * 22),
        "r.totalCount": 20,
        "r.edges": 10 * (1 + 1 + 3 + 2 * 22),
        "r.edges.node": 10 * (1 + 1 + 3 + 2 * 22),
        "r.edges.node.event": 10,
        "r.edges.node.steps": 10 * 3,
        "r.edges.node.retries": 10 * 2 * 22,
        "r.edges.node.retries.edges": 10 * 2 * 22,
        "r.edges.node.retries.edges.node": 10 * 2 * 22,
        "r.edges.node.retries.edges.node.waitingFor": 10 * 2 * 21,
    }


def test_operation_above_the_maximum_has_a_price(api: Api) -> None:
    document = "{ events(first: 100) { edges { node { runs(first: 100) { edges { node { steps(first: 100) { key } } } } } } } }"
    found = explained(api, document)
    assert (found["requested"] > found["maximum"], found["errors"]) == (True, [])
    assert points(found)["events"] == found["requested"]


def test_nothing_is_executed(api: Api) -> None:
    access_changes.changed()
    with CaptureQueriesContext(connection) as captured:
        found = explained(api, 'mutation { pauseWorkflow(input: {workflow: "x", reason: "y"}) { errors { code } } }')
    assert (len(captured), found["errors"]) == (1, [])


def test_one_of_several_operations_is_named(api: Api) -> None:
    document = "query A { runs(first: 1) { edges { node { id } } } } query B { __schema { queryType { name } } }"
    assert explained(api, document, name="A")["requested"] == 1
    assert points(explained(api, document, name="B")) == {"__schema": 1}
    for name in (None, "C"):
        assert api.code(EXPLAIN, d=document, n=name) == "GRAPHQL_VALIDATION_FAILED"


def test_what_has_no_price_says_why(api: Api) -> None:
    for document, variables, code in (
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{" + " __typename" * 2_000 + "}", None, "GRAPHQL_TOO_COMPLEX"),
        ("{ __typename }", [1], "BAD_USER_INPUT"),
    ):
        assert api.code(EXPLAIN, d=document, v=variables) == code
    (error,) = api.answer(EXPLAIN, d="{ nothing nobody }")["errors"]
    assert [one["code"] for one in error["extensions"]["details"]["problems"]] == ["GRAPHQL_VALIDATION_FAILED"] * 2


def test_platform_prices_its_own_documents(platform: Api) -> None:
    assert points(explained(platform, "{ tenants(first: 5) { edges { node { slug } } } }"))["tenants"] == 5
