"""A person holds back all calls to a host, lets all through, or lets its circuit breaker go by itself; the API lists them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from automate.effects.breakers.transitions import FIRST_SECONDS, LEAST_FAILURES
from automate.workflows.connectors import HostField
from tests.support.api import Api
from tests.support.breakers import (
    HOST,
    ILL,
    ONCE,
    Hosted,
    breakers,
    call_it,
    force,
    parked,
    pass_seconds,
    send,
    sentence,
)
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors

SET = """
mutation ($input: SetBreakerInput!) { setBreaker(input: $input) {
  breaker { connector host state mode calls failures code probeAt } errors { code message path } } }"""
LIST = """
query ($holding: Boolean) { circuitBreakers(holding: $holding) {
  totalCount edges { node { id connector host state mode calls failures code probeAt windowStarted changedAt } } } }"""


pytestmark = pytest.mark.usefixtures("forgetful")


@pytest.mark.parametrize("mode", ["", "closed"])
def test_host_that_is_held_is_not_called_until_it_is_let_go(plane: Plane, mode: str) -> None:
    with connectors(hosted := Hosted()):
        call_it(plane, hosted)
        force(plane, hosted, "open")
        send(plane, 2)
        assert (hosted.calls, parked(plane)) == ([], ["breaker"] * 2)
        cause, words = sentence(plane)
        assert cause == "breaker"
        assert words == naming("ill.example", "test.scripted", "setBreaker", "2")
        pass_seconds(plane, 600)
        plane.drain()
        assert hosted.calls == []
        force(plane, hosted, mode)
        plane.drain()
    assert plane.run_states() == ["succeeded"] * 2
    assert len(hosted.calls) == 2


@dataclass
class ByUrl(Scripted):
    """A scripted connector whose input says which host it calls."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.spec = replace(self.spec, host_fields=(HostField(("url",)),))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1/x"),
        ("127.0.0.1", "http://127.0.0.1./x"),
        ("127.0.0.1", "http://0177.1/x"),
        ("127.0.0.1", "https://2130706433/x"),
        ("127.0.0.1", "http://0x7f000001:80/x"),
        ("0177.1:8080", "http://127.0.0.1:08080/x"),
        ("[2001:DB8:0::1]", "http://[2001:db8::1]/x"),
        ("API.Example.COM.", "https://api.example.com:443/x?y#z"),
        ("api.example.com:443", "https://api.example.com"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("xn--bcher-kva.example", "https://BÜCHER。example/"),
        ("$secret:BASE_URL", "$secret:BASE_URL/orders/7"),
        ("$secret:BASE_URL@2", "$secret:BASE_URL@2?id=7"),
    ],
)
def test_host_that_is_held_is_held_in_each_spelling(plane: Plane, host: str, url: str) -> None:
    with connectors(by_url := ByUrl()):
        given: Any = {"with": {"url": url}}
        call_it(plane, by_url, **given)
        force(plane, by_url, "open", host)
        send(plane)
        assert (by_url.calls, parked(plane)) == ([], ["breaker"])


@pytest.mark.parametrize(
    "url", ["https://x.$secret:NAME.example/", "https://ada@x.example/", "https://x%2e.example/", "no"]
)
def test_url_that_the_guard_refuses_has_no_target(url: str) -> None:
    assert ByUrl().spec.target_of({"url": url}) == ""


def test_breaker_that_is_held_closed_counts_nothing(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(ILL,))):
        call_it(plane, hosted, **ONCE)
        force(plane, hosted, "closed")
        send(plane, 2 * LEAST_FAILURES)
    assert (len(hosted.calls), breakers(plane)) == (2 * LEAST_FAILURES, [(HOST, "closed", 0, 0)])


def test_open_breaker_that_is_held_and_let_go_still_asks_first(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(ILL,))):
        call_it(plane, hosted, **ONCE)
        send(plane, LEAST_FAILURES)
        force(plane, hosted, "open")
        pass_seconds(plane, FIRST_SECONDS)
        send(plane, 3)
        assert len(hosted.calls) == LEAST_FAILURES
        force(plane, hosted, "")
        plane.drain()
    assert len(hosted.calls) == LEAST_FAILURES + 1
    assert breakers(plane)[0][1] == "open"
    assert parked(plane) == ["breaker"] * 2


def test_run_ends_in_time_though_its_host_is_held(plane: Plane) -> None:
    with connectors(hosted := Hosted()):
        plane.publish(
            "one", [{"key": "a", "uses": hosted.name}], timeout_seconds=30, when={"==": [{"var": "type"}, "one"]}
        )
        force(plane, hosted, "open")
        send(plane)
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".execution_run SET deadline_at = now() - interval '1 second'"
        )
        plane.pass_seconds(60)
        plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]


def test_run_that_is_held_can_be_cancelled(plane: Plane) -> None:
    from automate.kernel.tenancy import acting_for
    from automate.kernel.transactions import in_transaction
    from automate.runs import control

    with connectors(hosted := Hosted()):
        call_it(plane, hosted)
        force(plane, hosted, "open")
        send(plane)
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.cancel([run], "given up")
        plane.drain()
    assert plane.runs() == [("cancelled", "given up")]


def test_api_forces_breakers_and_lists_them(plane: Plane, tenant: Any) -> None:
    api = Api(tenant.token)
    given = {"connector": "http.request", "host": "API.example:8443", "mode": "OPEN", "reason": "they asked us to"}
    answer = api.data(SET, input=given)["setBreaker"]
    assert answer == {
        "breaker": {
            "connector": "http.request", "host": "api.example:8443", "state": "CLOSED", "mode": "OPEN",
            "calls": 0, "failures": 0, "code": None, "probeAt": None,
        },
        "errors": [],
    }  # fmt: skip
    listed = api.data(LIST, holding=True)["circuitBreakers"]
    assert (listed["totalCount"], [edge["node"]["mode"] for edge in listed["edges"]]) == (1, ["OPEN"])
    assert api.data(LIST, holding=False)["circuitBreakers"]["edges"] == []
    assert (
        api.data("query ($id: ID!) { node(id: $id) { id __typename } }", id=listed["edges"][0]["node"]["id"])["node"][
            "__typename"
        ]
        == "CircuitBreaker"
    )
    for wrong, code, path in (
        ({"connector": "no.such"}, "NOT_FOUND", ["connector"]),
        ({"host": "https://api.example/x"}, "BAD_USER_INPUT", ["host"]),
        ({"host": "api.example/x"}, "BAD_USER_INPUT", ["host"]),
        ({"host": "ada@api.example"}, "BAD_USER_INPUT", ["host"]),
        ({"host": "api.example:99999"}, "BAD_USER_INPUT", ["host"]),
        ({"host": ""}, "BAD_USER_INPUT", ["host"]),
        ({"reason": " "}, "BAD_USER_INPUT", ["reason"]),
    ):
        (error,) = api.data(SET, input={**given, **wrong})["setBreaker"]["errors"]
        assert (error["code"], error["path"]) == (code, path)
    assert api.data(SET, input={**given, "mode": "AUTO"})["setBreaker"]["breaker"]["mode"] == "AUTO"
    entries = plane.rows("SELECT object_label, changes::text FROM audit_entry WHERE action = 'breaker.set' ORDER BY id")
    assert [label for label, _ in entries] == ["http.request api.example:8443"] * 2
    assert "they asked us to" in entries[0][1]
