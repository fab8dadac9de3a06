"""A secret goes where it names and is used by whom it names: asked by the worker just before the call, and told beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_httpserver import HTTPServer

from actors import secrets as worker
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.runs.previewing import PreviewRequest, preview_step
from automate.vault.services import save_secret
from automate.workflows.services import publish_workflow, save_workflow
from tests.support.endpoint_receiver import settle
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane, Scripted, connectors

SECRET = "sk_live_51-s3cret-value"
ADA = Principal(kind="member", name="Ada", id="ada", role="admin")
ONCE = {"max_attempts": 1}
BEARER: JsonObject = {"Authorization": "Bearer $secret:STRIPE_KEY"}


@pytest.fixture
def keyed(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    let_reach_this_machine(plane)
    hold_secret(monkeypatch, plane.tenant, "STRIPE_KEY", SECRET)
    return plane


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets whose values were read."""
    seen: list[str] = []
    read = worker.SecretRules.read

    def noted(rules: worker.SecretRules, name: str, version: int | None) -> str:
        seen.append(name)
        return read(rules, name, version)

    monkeypatch.setattr(worker.SecretRules, "read", noted)
    return seen


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0) as server:
        server.expect_request("/").respond_with_json({"id": "ch_1"})
        yield server


@pytest.fixture
def other() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0) as server:
        server.expect_request("/").respond_with_json({})
        yield server


def allow(plane: Plane, **allowed: Any) -> None:
    with acting_for(plane.tenant), acting_as(ADA):
        save_secret(name="STRIPE_KEY", allowed=allowed, expected_revision=None)


def place(server: HTTPServer) -> str:
    return f"127.0.0.1:{server.port}"


def charge(plane: Plane, with_: Any, *payloads: Any, slug: str = "one", uses: str = "http.request") -> None:
    plane.publish(slug, [{"key": "a", "uses": uses, "with": with_, "retry": ONCE}])
    plane.send(*(payloads or ({},)))
    settle(plane)


def error_of(plane: Plane) -> dict[str, Any]:
    ((text,),) = plane.rows("SELECT error::text FROM step_run WHERE error IS NOT NULL")
    error: dict[str, Any] = json.loads(text)
    return error


def test_secret_goes_where_it_names(keyed: Plane, server: HTTPServer, other: HTTPServer) -> None:
    allow(keyed, allowed_hosts=[place(server), "api.stripe.com"])
    charge(keyed, {"url": server.url_for("/"), "headers": BEARER})
    assert keyed.runs() == [("succeeded", "")]
    assert [request.headers["Authorization"] for request, _ in server.log] == [f"Bearer {SECRET}"]


def test_host_that_an_event_says_is_refused_before_the_secret_is_read(
    keyed: Plane, server: HTTPServer, other: HTTPServer, reads: list[str]
) -> None:
    allow(keyed, allowed_hosts=[place(server)])
    given = {"url": "{{ event.payload.url }}", "headers": BEARER}
    charge(keyed, given, {"url": server.url_for("/")}, {"url": other.url_for("/")})
    assert sorted(keyed.runs()) == [("failed", "SECRET_NOT_ALLOWED"), ("succeeded", "")]
    assert (len(server.log), other.log, reads) == (1, [], ["STRIPE_KEY"])
    error = error_of(keyed)
    assert error["details"] == {"secret_name": "STRIPE_KEY", "host": place(other)}
    assert error["message"] == naming("$secret:STRIPE_KEY", place(other))
    assert str(server.port) not in str(error), "what it allows is for those who may view secrets"
    assert SECRET not in str(error)
    assert sorted(keyed.effects()) == [("a", "confirmed", 1), ("a", "failed", 1)]


def test_worker_that_does_not_ask_sends_it_anywhere(
    keyed: Plane, server: HTTPServer, other: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(worker.SecretRules, "allow", lambda *_call: [])
    allow(keyed, allowed_hosts=[place(server)])
    charge(keyed, {"url": "{{ event.payload.url }}", "headers": BEARER}, {"url": other.url_for("/")})
    assert [request.headers["Authorization"] for request, _ in other.log] == [f"Bearer {SECRET}"]


def test_url_that_is_itself_a_secret_is_asked_about_when_it_is_known(
    keyed: Plane, server: HTTPServer, other: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        f"AUTOMATE_SECRET_{keyed.tenant.slug.upper().replace('-', '_')}__STRIPE_KEY", other.url_for("/?hidden-part")
    )
    allow(keyed, allowed_hosts=[place(server)])
    charge(keyed, {"url": "$secret:STRIPE_KEY"})
    assert (keyed.runs(), other.log) == ([("failed", "SECRET_NOT_ALLOWED")], [])
    assert "hidden-part" not in str(error_of(keyed))


@pytest.mark.parametrize(
    "url",
    [
        "http://$secret:STRIPE_KEY.example.invalid/",
        "http://api.$secret:STRIPE_KEY/",
        "http://127.0.0.1:$secret:STRIPE_KEY/",
        "http://ada:$secret:STRIPE_KEY@127.0.0.1/",
        "$secret:STRIPE_KEY.example.invalid/",
        "$secret:STRIPE_KEY$secret:STRIPE_KEY/",
    ],
)
def test_secret_is_no_part_of_a_host(keyed: Plane, reads: list[str], url: str) -> None:
    """A host is told in errors, which a later step may send anywhere."""
    charge(keyed, {"method": "POST", "url": url}, {})
    error = error_of(keyed)
    assert error["code"] == "SECRET_NOT_ALLOWED"
    assert error["message"] == naming("$secret:STRIPE_KEY", "url")
    assert reads == []


@pytest.mark.parametrize("url", ["{}?key=$secret:STRIPE_KEY", "{}a/$secret:STRIPE_KEY", "{}#$secret:STRIPE_KEY"])
def test_secret_may_be_any_other_part_of_a_url(keyed: Plane, server: HTTPServer, url: str) -> None:
    charge(keyed, {"method": "POST", "url": url.format(f"http://{place(server)}/")}, {})
    assert len(server.log) == 1


def test_redirect_takes_a_call_with_a_secret_nowhere_else(keyed: Plane, server: HTTPServer, other: HTTPServer) -> None:
    server.expect_request("/away").respond_with_data(status=302, headers={"Location": other.url_for("/")})
    allow(keyed, allowed_hosts=[place(server)])
    charge(keyed, {"url": server.url_for("/away"), "headers": BEARER, "follow_redirects": True})
    assert keyed.runs() == [("failed", "SECRET_NOT_ALLOWED")]
    assert (len(server.log), other.log) == (1, [])


def test_call_without_the_secret_goes_anywhere(keyed: Plane, server: HTTPServer, other: HTTPServer) -> None:
    allow(keyed, allowed_hosts=[place(server)])
    charge(keyed, {"url": other.url_for("/")})
    assert (keyed.runs(), len(other.log)) == ([("succeeded", "")], 1)


@pytest.mark.parametrize(
    ("allowed", "details"),
    [
        ({"allowed_connectors": ["email.send"]}, {"connector": "test.scripted"}),
        ({"allowed_connectors": []}, {"connector": "test.scripted"}),
        ({"allowed_workflows": ["other"]}, {"workflow": "one"}),
    ],
    ids=["another connector", "no connector", "another workflow"],
)
def test_secret_is_used_by_whom_it_names(
    keyed: Plane, reads: list[str], allowed: dict[str, Any], details: dict[str, str]
) -> None:
    allow(keyed, **allowed)
    with connectors(scripted := Scripted()):
        charge(keyed, {"key": "$secret:STRIPE_KEY"}, uses="test.scripted")
        assert (keyed.runs(), scripted.calls, reads) == ([("failed", "SECRET_NOT_ALLOWED")], [], [])
        assert error_of(keyed)["details"] == {"secret_name": "STRIPE_KEY", **details}
        allow(keyed, allowed_connectors=["test.scripted", "http.request"], allowed_workflows=["one"])
        keyed.send({})
        settle(keyed)
        assert len(scripted.calls) == 1


def test_what_is_saved_is_obeyed_from_the_next_call_on(keyed: Plane, server: HTTPServer) -> None:
    charge(keyed, {"url": server.url_for("/"), "headers": BEARER})
    for hosts, sent in (["api.stripe.com"], 1), ([place(server)], 2), ([], 2), (None, 3):
        allow(keyed, allowed_hosts=hosts)
        keyed.send({})
        settle(keyed)
        assert len(server.log) == sent
    assert [code for _, code in keyed.runs()] == ["", "SECRET_NOT_ALLOWED", "", "SECRET_NOT_ALLOWED", ""]


def test_one_statement_reads_the_rules_of_a_set_of_calls_and_none_where_there_is_no_secret(keyed: Plane) -> None:
    allow(keyed, allowed_hosts=["api.stripe.com"])

    def statements(with_: Any, count: int, slug: str) -> int:
        with connectors(Scripted()):
            keyed.publish(
                slug,
                [{"key": "a", "uses": "test.scripted", "with": with_, "retry": ONCE}],
                when={"==": [{"var": "payload.to"}, slug]},
            )
            keyed.send(*({"to": slug} for _ in range(count)))
            with CaptureQueriesContext(connection) as context:
                settle(keyed)
        return len([query for query in context if "FROM secret " in query["sql"]])

    assert statements({"key": "$secret:STRIPE_KEY"}, 5, "with") == 1
    assert statements({"key": "plain"}, 5, "without") == 0
    assert {state for state, _ in keyed.runs()} == {"succeeded"}


def test_rules_that_cannot_be_read_let_nothing_go(keyed: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(keyed, allowed_hosts=["api.stripe.com"])
    read = worker.stored_secrets

    def away(_names: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(worker, "stored_secrets", away)
    with connectors(scripted := Scripted()):
        patient = {"max_attempts": 2, "initial_seconds": 300, "max_seconds": 300}
        step = {"key": "a", "uses": "test.scripted", "with": {"key": "$secret:STRIPE_KEY"}, "retry": patient}
        keyed.publish("one", [step])
        keyed.send({})
        keyed.drain()
        assert (scripted.calls, keyed.steps()) == ([], [("a", 1, "retrying", "UNAVAILABLE")])
        monkeypatch.setattr(worker, "stored_secrets", read)
        keyed.pass_seconds(600)
        keyed.drain()
        assert (len(scripted.calls), keyed.runs()) == (1, [("succeeded", "")])


def problems_of(plane: Plane, uses: str, with_: Any) -> list[tuple[str, list[str]]]:
    return [(problem["code"], problem["path"]) for problem in told_of(plane, uses, with_)]


def told_of(plane: Plane, uses: str, with_: Any) -> list[Any]:
    definition: JsonObject = {"schema": 1, "steps": [{"key": "a", "uses": uses, "with": with_}]}
    with acting_for(plane.tenant), acting_as(ADA):
        save_workflow(slug="shop", name="Shop", definition=definition, expected_revision=None)
        try:
            publish_workflow(slug="shop")
        except NormalizedError as error:
            problems: Any = error.details["problems"]
            return problems
    return []


PLACE = ["steps", "0", "with", "headers", "Authorization"]


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://api.stripe.com/v1", False),
        ("https://API.Stripe.com./v1", False),
        ("https://files.stripe.com/v1/{{ event.payload.id }}", False),
        ("https://evil.example/v1", True),
        ("https://evil.example/v1/{{ event.payload.id }}", True),
        ("https://stripe.com.evil.example", True),
        ("https://stripe.com/", True),
        ("{{ event.payload.url }}", False),
        ("https://{{ event.payload.host }}/", False),
        ("$secret:STRIPE_KEY/v1", False),
    ],
)
def test_publish_refuses_a_host_that_is_known_and_not_allowed(keyed: Plane, url: str, refused: bool) -> None:  # noqa: FBT001 - a column
    allow(keyed, allowed_hosts=["*.stripe.com"])
    expected = [("SECRET_NOT_ALLOWED", PLACE)] if refused else []
    assert problems_of(keyed, "http.request", {"url": url, "headers": BEARER}) == expected


@pytest.mark.parametrize(
    ("hosts", "url", "place"),
    [
        (["api.stripe.com"], "https://evil.example/", "evil.example"),
        (["api.stripe.com"], "https://evil.example:8443/", "evil.example:8443"),
        (["api.stripe.com:8443"], "https://api.stripe.com:9443/", "api.stripe.com:9443"),
        (["api.stripe.com:8443"], "https://api.stripe.com/", "api.stripe.com:443"),
        (["api.stripe.com:443"], "http://api.stripe.com/", "api.stripe.com:80"),
        ([], "https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
    ],
)
def test_refusal_names_the_port_and_neither_what_is_allowed_nor_a_call(
    keyed: Plane, hosts: list[str], url: str, place: str
) -> None:
    """While saving, nothing has been sent."""
    allow(keyed, allowed_hosts=hosts)
    (problem,) = told_of(keyed, "http.request", {"url": url, "headers": BEARER})
    wanted = naming("$secret:STRIPE_KEY", place, "allowedHosts", "saveSecret")
    assert problem["message"] == wanted
    wish = PreviewRequest(None, None, "http.request", {"url": url, "headers": BEARER}, None, None, None)
    with acting_for(keyed.tenant):
        (refusal,) = preview_step(wish, sees_secrets=True).refusals
    assert (refusal.message, refusal.details["host"]) == (problem["message"], place)


def test_refusal_of_a_connector_and_of_a_workflow_lists_no_other(keyed: Plane) -> None:
    allow(keyed, allowed_connectors=["email.send"], allowed_workflows=["refunds"])
    told = [one["message"] for one in told_of(keyed, "http.request", {"url": "https://x.example/", "headers": BEARER})]
    assert told == [
        naming("$secret:STRIPE_KEY", "http.request", "allowedConnectors"),
        naming("$secret:STRIPE_KEY", "shop", "allowedWorkflows"),
    ]
    assert [other for other in ("email.send", "refunds") if any(other in message for message in told)] == []


def test_publish_refuses_a_connector_or_a_workflow_that_is_not_allowed(keyed: Plane) -> None:
    given = {"url": "https://api.stripe.com/", "headers": BEARER}
    allow(keyed, allowed_connectors=["graphql.request"], allowed_workflows=["shop"])
    assert problems_of(keyed, "http.request", given) == [("SECRET_NOT_ALLOWED", PLACE)]
    allow(keyed, allowed_connectors=["http.request"], allowed_workflows=["refunds"])
    assert problems_of(keyed, "http.request", given) == [("SECRET_NOT_ALLOWED", PLACE)]
    allow(keyed, allowed_connectors=["http.request"], allowed_workflows=["refunds", "shop"])
    assert problems_of(keyed, "http.request", given) == []


def test_publish_knows_the_hosts_of_a_connector_that_takes_none(keyed: Plane) -> None:
    given = {"token": "$secret:STRIPE_KEY", "channel": "C1", "text": "Hi"}
    allow(keyed, allowed_hosts=["api.stripe.com"])
    assert problems_of(keyed, "slack.post_message", given) == [("SECRET_NOT_ALLOWED", ["steps", "0", "with", "token"])]
    allow(keyed, allowed_hosts=["slack.com"])
    assert problems_of(keyed, "slack.post_message", given) == []


def test_preview_shows_the_request_and_says_why_it_would_not_be_sent(keyed: Plane, reads: list[str]) -> None:
    allow(keyed, allowed_hosts=["api.stripe.com"], allowed_workflows=["other"])
    given: JsonObject = {"url": "https://evil.example/", "headers": BEARER}

    def preview(url: str) -> Any:
        wanted = PreviewRequest(None, None, "http.request", {**given, "url": url}, None, None, None)
        with acting_for(keyed.tenant):
            return preview_step(wanted, sees_secrets=True)

    made = preview("https://evil.example/")
    assert made.request["headers"]["Authorization"] == "Bearer $secret:STRIPE_KEY"
    assert [(one.code, one.path) for one in made.refusals] == [
        ("SECRET_NOT_ALLOWED", ["with", "headers", "Authorization"])
    ]
    assert preview("https://api.stripe.com/").refusals == []
    assert reads == []
