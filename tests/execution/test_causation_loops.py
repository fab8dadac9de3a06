"""A loop that leaves through an outbound call and comes back through the host's product is cut, and shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from automate.kernel.causation import depth_of
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import acting_for
from automate.triggers.services import run_workflow, save_source
from tests.support.facts import naming
from tests.support.host_product import HostProduct, Tell
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane

DEPTH = LIMITS.causation_depth
GOES_ON = 3 * DEPTH
"""How often a loop that nothing cuts goes round before the test ends it."""
OWN, BAGGAGE = "automate-causation", "baggage"
MATCHED = naming("true")
CUT = naming(DEPTH, "causation_depth")
INGEST = """
mutation { ingestEvent(input: {type: "order.changed", payload: {}}) { event { depth } outcome errors { code } } }"""
RUN = """
mutation { runWorkflow(input: {workflow: "tell", payload: {}}) { run { id } errors { code message details } } }"""
SHOWN = (
    "{ events(first: 100) { edges { node { depth decisions { verdict reason } runs { edges { node { id } } } } } } }"
)


@pytest.fixture
def near(plane: Plane) -> Plane:
    """A tenant whose connectors may reach this machine, with a webhook source that asks for no signature."""
    let_reach_this_machine(plane)
    with acting_for(plane.tenant):
        save_source(slug="back", scheme="UNSIGNED", secrets=[], options=None, expected_revision=None)
    return plane


def by_webhook(plane: Plane, _token: str) -> Tell:
    def tell(headers: Mapping[str, str]) -> Any:
        body = b'{"type": "order.changed"}'
        url = f"/t/{plane.tenant.slug}/hooks/back"
        return Client().post(url, data=body, content_type="application/json", headers=dict(headers)).json()

    return tell


def by_graphql(document: str) -> Callable[[Plane, str], Tell]:
    def way(_plane: Plane, token: str) -> Tell:
        def tell(headers: Mapping[str, str]) -> Any:
            sent = {**headers, "Authorization": f"Bearer {token}"}
            body = json.dumps({"query": document})
            return Client().post("/graphql", data=body, content_type="application/json", headers=sent).json()

        return tell

    return way


def loop(plane: Plane, product: HostProduct) -> None:
    """Every event of this tenant makes a run that calls the product."""
    step = {"method": "POST", "url": product.url, "headers": {"baggage": "shop=north"}, "json": {"paid": True}}
    plane.publish("tell", [{"key": "tell", "uses": "http.request", "with": step, "retry": {"max_attempts": 1}}])


def decided(plane: Plane) -> list[tuple[int, str, bool]]:
    """Depth of each event, what its decision says, and whether a run came of it."""
    return plane.rows(
        "SELECT e.depth, d.reason, d.run_id IS NOT NULL FROM decision d JOIN event e ON e.id = d.event_id ORDER BY 1, e.id"
    )


@pytest.mark.parametrize(
    "passes",
    [pytest.param((OWN,), marks=pytest.mark.slow), pytest.param((BAGGAGE,), marks=pytest.mark.slow), (OWN, BAGGAGE)],
)
@pytest.mark.parametrize("way", [by_webhook, by_graphql(INGEST)], ids=["webhook", "ingestEvent"])
def test_loop_through_the_hosts_product_is_cut_and_shown(
    near: Plane, tenant: Any, way: Callable[[Plane, str], Tell], passes: tuple[str, ...]
) -> None:
    with HostProduct(way(near, tenant.token), passes=passes, most=GOES_ON) as product:
        loop(near, product)
        near.send({})
        near.drain()
    assert near.runs() == [("succeeded", "")] * DEPTH
    assert near.rows("SELECT depth FROM execution_run ORDER BY depth") == [(depth,) for depth in range(1, DEPTH + 1)]
    assert decided(near) == [*((depth, MATCHED, True) for depth in range(DEPTH)), (DEPTH, CUT, False)]
    assert len(product.calls) == DEPTH
    answer = by_graphql(SHOWN)(near, tenant.token)({})
    shown = [edge["node"] for edge in answer["data"]["events"]["edges"]]
    assert [event["depth"] for event in shown] == list(range(DEPTH, -1, -1))
    assert shown[0]["decisions"] == [{"verdict": "MATCHED", "reason": CUT}]
    assert shown[0]["runs"]["edges"] == []


def test_loop_by_manual_starts_is_cut_and_the_caller_told(near: Plane, tenant: Any) -> None:
    with HostProduct(by_graphql(RUN)(near, tenant.token), passes=(BAGGAGE,), most=GOES_ON) as product:
        loop(near, product)
        with acting_for(near.tenant):
            run_workflow(workflow="tell", payload={}, idempotency_key=None)
        near.drain()
    assert near.runs() == [("succeeded", "")] * DEPTH
    assert near.rows("SELECT depth FROM execution_run ORDER BY depth") == [(depth,) for depth in range(1, DEPTH + 1)]
    *before, last = [told["data"]["runWorkflow"] for told in product.told]
    assert [told["errors"] for told in before] == [[]] * (DEPTH - 1)
    ((error,), run) = last["errors"], last["run"]
    assert (error["code"], error["details"], run) == (
        "LIMIT_EXCEEDED",
        {"limit": "causation_depth", "depth": DEPTH},
        None,
    )
    assert near.rows("SELECT count(*) FROM event") == [(DEPTH,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", [by_webhook, by_graphql(INGEST), by_graphql(RUN)], ids=["webhook", "ingestEvent", "runWorkflow"]
)
def test_loop_whose_product_drops_the_headers_is_found_out(
    near: Plane, tenant: Any, way: Callable[[Plane, str], Tell]
) -> None:
    with HostProduct(way(near, tenant.token), passes=(), most=GOES_ON) as product:
        loop(near, product)
        near.send({})
        near.drain()
    assert len(near.runs()) == GOES_ON + 1
    assert near.rows("SELECT DISTINCT depth FROM event") == [(0,)]


def test_call_carries_its_runs_depth_behind_the_users_baggage(near: Plane) -> None:
    with HostProduct(lambda _headers: None, passes=(), most=1) as product:
        loop(near, product)
        near.send({}, depth=4)
        near.drain()
    (call,) = product.calls
    assert depth_of(call[OWN], near.tenant.id) == 5
    assert call[BAGGAGE] == f"shop=north,automate.causation={call[OWN]}"


def test_run_that_another_worker_goes_on_with_keeps_its_depth(near: Plane) -> None:
    with HostProduct(lambda _headers: None, passes=(), most=9) as product:
        loop(near, product)
        near.send({}, depth=6)
        near.start_and_die()
        near.drain()
    assert [depth_of(call[OWN], near.tenant.id) for call in product.calls] == [7]
