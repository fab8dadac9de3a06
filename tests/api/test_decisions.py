"""What rules said of an event, through the API: those that were evaluated, and those that were passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.api.test_connections import statements
from tests.support.api import MAIN_JOB, Api, operations
from tests.support.facts import naming
from tests.support.plane import Plane

EXPLAIN = operations("operate.graphql")["ExplainRule"]
WHEN = "{ events(first: 1) { edges { node { id decisions(first: 5) { verdict reason when rule { slug when } } } } } }"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
PAID = {"==": [{"var": "type"}, "order.paid"]}
SEVEN = {"==": [{"var": "payload.n"}, 7]}


@pytest.fixture
def decided(plane: Plane) -> Plane:
    plane.publish("all", NOTE)
    plane.publish("paid", NOTE, when=PAID)
    plane.publish("seven", NOTE, when=SEVEN)
    plane.send({"n": 5}, {"n": 7})
    plane.drain()
    return plane


def shown(api: Api) -> list[list[tuple[str, str, str, list[str]]]]:
    edges = api.data(MAIN_JOB["Events"], first=10)["events"]["edges"]
    return [
        [(one["rule"]["slug"], one["verdict"], one["reason"], one["path"]) for one in edge["node"]["decisions"]]
        for edge in edges
    ]


def test_every_rule_in_force_has_said_something(decided: Plane, api: Api) -> None:
    true, kind = naming("true"), naming("type", "order.created", "order.paid")
    assert shown(api) == [
        [("all", "MATCHED", true, []), ("seven", "MATCHED", true, []), ("paid", "UNMATCHED", kind, ["=="])],
        [("all", "MATCHED", true, []), ("paid", "UNMATCHED", kind, ["=="]), ("seven", "UNMATCHED", naming("payload.n", "5", "7"), ["=="])],
    ]  # fmt: skip


def test_past_event_is_explained_by_the_rule_as_it_stood_and_as_it_is(decided: Plane, api: Api) -> None:
    with acting_for(decided.tenant):
        execute("UPDATE rule_spec SET \"when\" = %s::jsonb WHERE slug = 'paid'", [json.dumps(SEVEN)])
    node = api.data(WHEN)["events"]["edges"][0]["node"]
    (paid,) = [one for one in node["decisions"] if one["rule"]["slug"] == "paid"]
    assert (paid["verdict"], paid["when"], paid["rule"]["when"]) == ("UNMATCHED", PAID, SEVEN)
    stood = [api.data(EXPLAIN, when=when, event=node["id"])["explainRule"]["verdict"] for when in (PAID, SEVEN)]
    assert stood == ["UNMATCHED", "MATCHED"]


def test_statements_do_not_follow_the_rules(decided: Plane, api: Api) -> None:
    before = statements(api, MAIN_JOB["Events"], first=10)
    for number in range(5):
        decided.publish(f"more-{number}", NOTE, when=SEVEN)
    decided.send(*[{"n": number} for number in range(6)])
    decided.drain()
    assert statements(api, MAIN_JOB["Events"], first=10) == before


def test_reasons_are_read_only_where_they_are_asked_for(decided: Plane, api: Api) -> None:
    plain = "{ events(first: 5) { edges { node { decisions { verdict } } } } }"
    reasons = "{ events(first: 5) { edges { node { decisions { verdict reason } } } } }"
    assert statements(api, reasons) - statements(api, plain) == len(["decisions", "conditions", "heads", "payloads"])


def test_payloads_that_reasons_need_count_against_the_answer(decided: Plane, api: Api, monkeypatch: Any) -> None:
    from graphql_schema.payloads import PayloadBytes

    monkeypatch.setattr(PayloadBytes, "take", lambda _self, _size: False)
    found = api.data("{ events(first: 5) { edges { node { decisions { reason rule { slug } } } } } }")["events"][
        "edges"
    ]
    reasons = {one["reason"] for edge in found for one in edge["node"]["decisions"] if one["rule"]["slug"] == "seven"}
    assert sorted(reasons, key=lambda reason: reason == naming("true")) == [naming("fewer", "events"), naming("true")]
