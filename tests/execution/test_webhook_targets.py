"""The ledger tells to which host a webhook of ours went, and one that is ill is left alone like any other."""

from __future__ import annotations

import base64
import os
import uuid
from typing import Any

import pytest

from actors.connectors.registry import CONNECTORS, specs
from automate.effects.breakers.services import set_breaker
from automate.effects.breakers.transitions import FIRST_SECONDS, LEAST_FAILURES
from automate.endpoints.services import save_endpoint
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from tenants import directory
from tests.support.breakers import breakers, parked, pass_seconds, sentence
from tests.support.endpoint_receiver import Hook, settle
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane, counting

pytestmark = pytest.mark.usefixtures("forgetful")

SECRET = f"whsec_{base64.b64encode(os.urandom(32)).decode()}"
WITH = {"endpoint": "billing", "type": "order.paid", "data": 1}
ONCE = {"retry": {"max_attempts": 1}}
ADA = Principal(kind="member", name="Ada", id="ada", role="admin")


@pytest.fixture(autouse=True)
def near(plane: Plane) -> None:
    let_reach_this_machine(plane)


def save(plane: Plane, url: str, *, enabled: bool = True) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(ADA):
        return save_endpoint(slug="billing", url=url, secrets=[SECRET], enabled=enabled, expected_revision=None)


def publish(plane: Plane, **step: Any) -> None:
    plane.publish("hooks", [{"key": "tell", "uses": "webhook.send", "with": WITH, **step}])


def send(plane: Plane, count: int = 1) -> None:
    for _ in range(count):
        plane.send({})
        settle(plane)


def place(hook: Hook) -> str:
    return hook.url.removeprefix("http://").partition("/")[0]


def targets(plane: Plane) -> list[str]:
    return [target for (target,) in plane.rows("SELECT target FROM effect ORDER BY intended_at")]


def test_ledger_tells_the_host_of_the_endpoint_in_its_one_spelling(plane: Plane) -> None:
    with Hook(204) as hook:
        save(plane, hook.url.replace("127.0.0.1", "127.1"))
        publish(plane)
        send(plane)
        assert (targets(plane), len(hook.taken)) == ([place(hook)], 1)


def test_target_is_where_it_was_sent_though_the_endpoint_moves_between_two_tries(plane: Plane) -> None:
    with Hook(500) as first, Hook(500) as second:
        save(plane, first.url)
        publish(plane)
        send(plane)
        assert targets(plane) == [place(first)]
        save(plane, second.url)
        plane.pass_seconds(20)
        settle(plane)
        assert (targets(plane), len(second.taken)) == ([place(second)], 1)
        save(plane, first.url, enabled=False)
        plane.pass_seconds(400)
        settle(plane)
        assert targets(plane) == [place(second)], "nothing was sent to the other"


def test_nothing_that_was_not_sent_has_a_target(plane: Plane) -> None:
    with Hook(204) as hook:
        save(plane, hook.url, enabled=False)
        publish(plane)
        send(plane)
        assert (targets(plane), hook.taken, breakers(plane)) == ([""], [], [])


def test_receiver_that_is_ill_is_left_alone_until_a_probe_finds_it_well(plane: Plane) -> None:
    with Hook(*[503] * LEAST_FAILURES, 204) as hook:
        save(plane, hook.url)
        publish(plane, **ONCE)
        send(plane, LEAST_FAILURES)
        assert breakers(plane) == [(place(hook), "open", LEAST_FAILURES, LEAST_FAILURES)]
        send(plane, 3)
        assert (len(hook.taken), parked(plane)) == (LEAST_FAILURES, ["breaker"] * 3)
        cause, words = sentence(plane)
        assert (cause, words.partition(", is unhealthy")[0]) == ("breaker", f"{place(hook)}, which webhook.send calls")
        pass_seconds(plane, FIRST_SECONDS + 1)
        settle(plane)
        assert len(hook.taken) == LEAST_FAILURES + 3
        assert plane.run_states() == ["failed"] * LEAST_FAILURES + ["succeeded"] * 3
        assert breakers(plane)[0][:2] == (place(hook), "closed")


def test_person_holds_all_webhooks_to_a_host(plane: Plane) -> None:
    with Hook(204) as held, Hook(204) as other:
        save(plane, held.url)
        publish(plane)
        with acting_for(plane.tenant), acting_as(ADA):
            set_breaker("webhook.send", place(held).replace("127.0.0.1", "0x7f.1"), "open", "by the test")
        directory.forget(plane.tenant.id, plane.tenant.slug)
        send(plane)
        assert (held.taken, plane.run_states()) == ([], ["waiting"])
        save(plane, other.url)
        send(plane)
        assert (len(other.taken), plane.run_states()) == (1, ["waiting", "succeeded"])


def test_redirect_is_no_illness_of_the_receiver(plane: Plane) -> None:
    with Hook(302) as hook:
        save(plane, hook.url)
        publish(plane, **ONCE)
        send(plane, LEAST_FAILURES)
        assert (len(hook.taken), breakers(plane)) == (LEAST_FAILURES, [])


def test_no_endpoint_is_read_beforehand_while_all_is_well(plane: Plane) -> None:
    """It is read once, when it is sent to."""
    with Hook(204) as hook:
        save(plane, hook.url)
        publish(plane)
        send(plane)
        plane.send({})
        with counting() as seen:
            settle(plane)
    assert [words for words, _ in seen].count("SELECT m.key, e.id,") == 1
    assert [words for words, _ in seen].count("WITH sent AS") == 1


def test_target_of_slack_is_the_host_of_its_incoming_webhook() -> None:
    slack = CONNECTORS["slack.post_message"].spec
    assert specs()["slack.post_message"] == slack
    assert slack.target_of({"token": "t", "channel": "C1", "text": "Hi"}) == "slack.com"
    assert slack.target_of({"webhook_url": "https://hooks.Slack-Gov.com/services/x"}) == "hooks.slack-gov.com"
    assert slack.target_of({"webhook_url": "$secret:SLACK_WEBHOOK_URL"}) == "$secret:SLACK_WEBHOOK_URL"
