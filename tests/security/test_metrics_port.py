"""The port of /metrics: what it answers, and what it refuses."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import httpx2
import pytest
from django.core.exceptions import ImproperlyConfigured
from prometheus_client import CollectorRegistry, Gauge

from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import LAST_ROUND
from automate.processes.metrics_port import MOST_TENANTS, serve
from automate.project.metrics_bind import Bind
from automate.web.metrics import route_of
from tests.support.facts import naming
from tests.support.scrapes import scraped, value

LOOPBACK = Bind("127.0.0.1", 0)


def of_tenants(slugs: Sequence[str]) -> CollectorRegistry:
    if "unknown" in slugs:
        raise NormalizedError("NOT_FOUND", "none")
    registry = CollectorRegistry()
    Gauge("asked", "How many", registry=registry).set(len(slugs))
    return registry


@pytest.mark.parametrize(
    ("text", "bind"),
    [
        ("127.0.0.1:9464", Bind("127.0.0.1", 9464)),
        ("[::1]:0", Bind("::1", 0)),
        ("0.0.0.0:9464", Bind("0.0.0.0", 9464)),
        ("", None),
    ],
)
def test_bind_is_an_address_and_a_port(text: str, bind: Bind | None) -> None:
    assert Bind.parse(text) == bind


@pytest.mark.parametrize("text", ["9464", "localhost:9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":9464", "x"])
def test_other_binds_are_refused_at_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        Bind.parse(text)
    assert str(refused.value) == naming("AUTOMATE_METRICS_BIND", repr(text))


def test_metrics_of_this_process_are_served() -> None:
    LAST_ROUND.set(17)
    port = serve(LOOPBACK)
    assert value(scraped(f"http://127.0.0.1:{port}/metrics"), "automate_last_round_timestamp_seconds") == 17
    assert httpx2.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 404


def test_metrics_of_tenants_come_on_request() -> None:
    url = f"http://127.0.0.1:{serve(LOOPBACK, of_tenants)}/metrics"
    assert value(scraped(f"{url}?tenant=acme&tenant=globex"), "asked") == 2
    assert httpx2.get(f"{url}?tenant=unknown", trust_env=False).status_code == 404
    many = "&".join(f"tenant=t{number}" for number in range(MOST_TENANTS + 1))
    assert httpx2.get(f"{url}?{many}", trust_env=False).status_code == 400


def test_process_without_tenants_says_where_they_are() -> None:
    answer = httpx2.get(f"http://127.0.0.1:{serve(LOOPBACK)}/metrics?tenant=acme", trust_env=False)
    assert (answer.status_code, answer.text) == (400, naming("relay"))


def test_port_that_is_taken_costs_the_metrics_alone() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert serve(Bind("127.0.0.1", other.getsockname()[1])) is None


def test_metrics_can_be_off() -> None:
    assert serve(None) is None


def test_silent_client_holds_up_nobody() -> None:
    port = serve(LOOPBACK)
    with socket.create_connection(("127.0.0.1", port or 0)):
        assert value(scraped(f"http://127.0.0.1:{port}/metrics"), "process_start_time_seconds") > 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/graphql", "/graphql"),
        ("/graphql/stream", "/graphql/stream"),
        ("/t/acme/hooks/shop", "/t/<tenant>/hooks"),
        ("/t/acme/approvals/token", "/t/<tenant>/approvals"),
        ("/t/acme/other/token", "other"),
        ("/t/acme", "other"),
        ("/healthz/", "other"),
        ("", "other"),
    ],
)
def test_routes_are_few_whatever_clients_ask_for(path: str, route: str) -> None:
    assert route_of(path) == route
