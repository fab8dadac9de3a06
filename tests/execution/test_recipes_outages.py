"""What a recipe is for is done once, when what it calls was away for ten minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS
from actors.connectors.slack.connector import SlackPostMessage
from automate.devserver.ports import free_port
from automate.events.services import NewEvent, record_events
from automate.kernel.json_values import as_number, as_object, as_objects
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.recipes.services import filled, install_recipe, recipe_of, recipes
from automate.workflows.definition import RetryPolicy, parse
from tests.support.approvals import ADA, APPROVED, REJECTED, approvals, say
from tests.support.breakers import pass_seconds
from tests.support.endpoint_receiver import threaded
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.mail import MailServer
from tests.support.near import let_reach_this_machine
from tests.support.plane import TRACE, Plane
from tests.support.raw_server import Exchange, RawServer, answer
from tests.support.recipes import Erp, sample
from tests.support.slack import CHANNEL, TOKEN, Slack

OUTAGE_SECONDS = 600
PATIENCE_SECONDS = 7_200
LONG_SECONDS = 400_000.0
OWNER = Principal(kind="member", name="Olga", id="olga", role="owner")
WHSEC = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forgetful")]


@pytest.fixture
def near(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    """A tenant that reaches this machine and has the secrets of recipes."""
    let_reach_this_machine(plane)
    for name, value in {"SLACK_TOKEN": TOKEN, "ERP_TOKEN": "erp-token-very-secret"}.items():
        hold_secret(monkeypatch, plane.tenant, name, value)
    return plane


def install(plane: Plane, recipe: str, **parameters: Any) -> None:
    with acting_for(plane.tenant), acting_as(OWNER):
        install_recipe(recipe, parameters, live=True)


def tell(plane: Plane, recipe: str, source: str, count: int = 1, **payload: Any) -> None:
    """Events as the recipe's sample has them."""
    (made, *_) = recipe_of(recipe).samples
    body = json.dumps({**sample(recipe), **payload}).encode()
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        ((source_id,),) = fetch("SELECT id FROM source WHERE slug = %s", [source])
        event = {
            "source_id": source_id,
            "type": made.type,
            "subject": made.subject or "",
            "headers": made.headers or {},
        }
        record_events([NewEvent(body=body, trace_id=TRACE, **event) for _ in range(count)], audited=False)
    plane.drain()


def states(plane: Plane) -> set[tuple[str, str]]:
    """Of the attempts at steps."""
    return {(key, state) for key, _, state, _ in plane.steps()}


def pass_to_next(plane: Plane, most: float = LONG_SECONDS) -> float:
    """Until something is due, and work on it. Returns how many seconds that took; at most ``most``."""
    due = "SELECT extract(epoch FROM min(due_at) - now())::float FROM public.outbox_job WHERE open AND tenant_id = %s"
    next_due = plane.root.value(due, plane.tenant.id)
    seconds = most if next_due is None else min(max(next_due, 0.0) + 0.2, most)
    pass_seconds(plane, seconds)
    plane.drain()
    return seconds


def until(plane: Plane, key: str, state: str) -> None:
    for _ in range(100):
        if (key, state) in states(plane):
            return
        pass_to_next(plane)
    raise AssertionError(f"{key} is not {state}: {plane.steps()}, {plane.runs()}")


def wait(plane: Plane, seconds: float) -> None:
    while seconds > 0:
        seconds -= pass_to_next(plane, seconds)


def survives(plane: Plane, key: str, server: AbstractContextManager[Any]) -> None:
    """A step whose server is away when it comes to it, and for ten minutes more."""
    until(plane, key, "retrying")
    wait(plane, OUTAGE_SECONDS)
    with server:
        until(plane, key, "succeeded")


def smtp(port: int) -> dict[str, Any]:
    return {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "from": "Us <us@host.example>"}


def subjects(*servers: MailServer) -> list[str]:
    return [str(one.message["subject"]) for server in servers for one in server.received]


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Slack:
    """Away until it is entered."""
    slack = Slack()
    slack.port = free_port()
    monkeypatch.setitem(CONNECTORS, "slack.post_message", SlackPostMessage(Guard(), slack.api_url))
    return slack


def test_issue_is_posted_once_slack_is_back(near: Plane, slack: Slack) -> None:
    install(near, "github-issue-to-slack", channel=CHANNEL, github_secret="a secret of GitHub's")
    tell(near, "github-issue-to-slack", "github-issues")
    survives(near, "post", threaded(slack))
    assert (len(slack.messages), near.runs()) == (1, [("succeeded", "")])


def test_burst_is_told_of_once_slack_is_back(near: Plane, slack: Slack) -> None:
    install(near, "error-burst-to-slack", channel=CHANNEL, webhook_secret=WHSEC, at_least=2, within_seconds=86_400)
    tell(near, "error-burst-to-slack", "error-burst", 3)
    survives(near, "post", threaded(slack))
    assert (len(slack.messages), near.runs()) == (1, [("succeeded", "")])


def test_message_that_may_have_been_posted_is_held_and_not_posted_again(
    near: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def fault(exchange: Exchange) -> None:
        asked.append(exchange.line)
        await exchange.send(answer("500 Internal Server Error", b"{}"))

    with threaded(Slack(raw=fault)) as slack:
        monkeypatch.setitem(CONNECTORS, "slack.post_message", SlackPostMessage(Guard(), slack.api_url))
        install(near, "github-issue-to-slack", channel=CHANNEL, github_secret="a secret of GitHub's")
        tell(near, "github-issue-to-slack", "github-issues")
        wait(near, PATIENCE_SECONDS)
    assert [line for line in asked if line.startswith("POST")] == ["POST /api/chat.postMessage HTTP/1.1"]
    assert [(state, tries) for _, state, tries in near.effects()] == [("uncertain", 1)]


def test_payment_is_reminded_of_once_mail_is_back(near: Plane) -> None:
    server = MailServer(port=free_port())
    install(near, "stripe-payment-reminder", **smtp(server.port), stripe_secret="a secret of Stripe's")
    tell(near, "stripe-payment-reminder", "stripe-reminder")
    survives(near, "remind", server)
    assert subjects(server) == [naming("payment", "ACME-0001")]
    assert near.runs() == [("succeeded", "")]


def test_signup_gets_each_mail_once_mail_is_back(near: Plane) -> None:
    port = free_port()
    servers = [MailServer(port=port) for _ in range(3)]
    product = {"product": "Acme", "start_url": "https://app.example.com/start"}
    install(near, "signup-onboarding", **smtp(port), **product, webhook_secret=WHSEC)
    tell(near, "signup-onboarding", "onboarding")
    for key, server in zip(("welcome", "help", "offer"), servers, strict=True):
        survives(near, key, server)
    assert [subjects(server) for server in servers] == [
        ["Welcome to Acme"], [naming("steps", "Acme")], [naming("look", "Acme")]
    ]  # fmt: skip
    assert near.runs() == [("succeeded", "")]


@pytest.mark.parametrize(
    ("status", "key", "said"), [("200 OK", "send", "Report"), ("404 Not Found", "tell", "No report")]
)
def test_night_is_reported_of_once_mail_is_back(near: Plane, status: str, key: str, said: str) -> None:
    server = MailServer(port=free_port())
    with threaded(RawServer(answer(status, b'{"orders": 17}', "Content-Type: application/json"))) as figures:
        given = {"url": f"{figures.url}daily", "to": ["team@host.example"], "cron": "@yearly"}
        install(near, "nightly-report", **smtp(server.port), **given)
        tell(near, "nightly-report", "schedules")
        survives(near, key, server)
    assert [subject.split(" of ")[0] for subject in subjects(server)] == [said]
    assert near.runs() == [("succeeded", "")]


def test_figures_are_fetched_once_the_product_is_back(near: Plane) -> None:
    figures = RawServer(answer("200 OK", b'{"orders": 17}', "Content-Type: application/json"), port=free_port())
    with MailServer() as server:
        given = {"url": f"{figures.url}daily", "to": ["team@host.example"], "cron": "@yearly"}
        install(near, "nightly-report", **smtp(server.port), **given)
        tell(near, "nightly-report", "schedules")
        survives(near, "fetch", threaded(figures))
        until(near, "send", "succeeded")
    assert [subject.split(" of ")[0] for subject in subjects(server)] == ["Report"]


def erp_at(port: int) -> Erp:
    erp = Erp()
    erp.port = port
    return erp


def test_order_is_reserved_and_booked_once_the_erp_is_back(near: Plane) -> None:
    port = free_port()
    erps = [erp_at(port) for _ in range(2)]
    install(
        near, "order-approval", limit=1000, erp_url=f"http://127.0.0.1:{port}", shopify_secret="a secret of Shopify's"
    )
    tell(near, "order-approval", "order-approval")
    survives(near, "reserve", threaded(erps[0]))
    say(near, approvals(near)[0], ADA, APPROVED)
    near.drain()
    survives(near, "book", threaded(erps[1]))
    assert [[path for _, path, _ in erp.log] for erp in erps] == [["/reservations"], ["/orders"]]
    assert near.runs() == [("succeeded", "")]


def test_reservation_is_given_back_once_the_erp_is_back(near: Plane) -> None:
    port = free_port()
    erps = [erp_at(port) for _ in range(2)]
    url = f"http://127.0.0.1:{port}"
    install(near, "order-approval", limit=1000, erp_url=url, shopify_secret="a secret of Shopify's")
    with threaded(erps[0]):
        tell(near, "order-approval", "order-approval")
    say(near, approvals(near)[0], ADA, REJECTED)
    near.drain()
    wait(near, OUTAGE_SECONDS)
    with threaded(erps[1]):
        wait(near, PATIENCE_SECONDS)
    assert [(method, path) for method, path, _ in erps[1].log] == [("DELETE", "/reservations/r1")]


def longest(policy: RetryPolicy) -> float:
    """The seconds that it may wait in all."""
    return sum(
        min(policy.max_seconds, policy.initial_seconds * policy.factor**number)
        for number in range(policy.max_attempts - 1)
    )


@pytest.mark.parametrize("slug", list(recipes()))
def test_run_outlasts_all_its_waits_and_retries(slug: str) -> None:
    recipe = recipes()[slug]
    properties: Mapping[str, Any] = as_object(recipe.parameters["properties"])
    most = {name: part["maximum"] for name, part in properties.items() if name.endswith("_seconds")}
    for workflow in as_objects(as_object(filled(recipe.template, {**recipe.example, **most}))["workflows"]):
        definition = parse(as_object(workflow["definition"]))
        waits = [
            as_number(step.with_.get("timeout_seconds") or step.with_.get("expires_seconds") or 0)
            for step in definition.steps
        ]
        calls = [step.retry for step in definition.steps if not step.uses.startswith("flow.")]
        assert sum(waits) + sum(map(longest, calls)) < definition.timeout_seconds
