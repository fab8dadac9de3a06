"""Webhooks of ours from step to receiver: the endpoint's row, the schedule, 410, deliveries, and sending once more."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.kernel.queries import Slice
from automate.kernel.tenancy import acting_for
from automate.workflows import definition
from tests.support.breakers import pass_seconds
from tests.support.endpoint_receiver import Hook, settle, threaded
from tests.support.facts import naming
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.raw_server import Exchange, RawServer, answer

NEW, OLD = (f"whsec_{base64.b64encode(os.urandom(32)).decode()}" for _ in range(2))
WITH = {"endpoint": "billing", "type": "order.paid", "data": "{{ event.payload }}"}
SCHEDULE = (5, 300, 1_800, 7_200, 18_000, 36_000)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(204) as made:
        yield made


@pytest.fixture(autouse=True)
def near(plane: Plane) -> None:
    let_reach_this_machine(plane)


def save(plane: Plane, url: str, **given: Any) -> Any:
    from automate.endpoints.services import save_endpoint
    from automate.kernel.principals import Principal, acting_as

    whole = {"slug": "billing", "url": url, "secrets": [NEW], "expected_revision": None, **given}
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="test")):
        return save_endpoint(**whole)


def deliveries(plane: Plane, **wanted: Any) -> list[Any]:
    from automate.endpoints.queries import DeliveriesFilter, deliveries_page

    with acting_for(plane.tenant):
        return deliveries_page(DeliveriesFilter(**wanted), Slice(50)).rows


def resend(plane: Plane, *ids: Any, key: str | None = None) -> list[Any]:
    from automate.endpoints.resending import resend_deliveries
    from automate.kernel.principals import Principal, acting_as

    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="test")):
        return resend_deliveries(ids, idempotency_key=key)


def endpoint(plane: Plane) -> tuple[int, bool, str]:
    """Revision, whether it is enabled, and why not."""
    ((revision, disabled_at, reason),) = plane.rows(
        "SELECT revision, disabled_at, disabled_reason FROM webhook_endpoint WHERE slug = 'billing'"
    )
    return revision, disabled_at is None, reason


def send(plane: Plane, *payloads: Any, **step: Any) -> None:
    plane.publish("hooks", [{"key": "tell", "uses": "webhook.send", "with": WITH, **step}])
    plane.send(*payloads)
    settle(plane)


def test_step_sends_to_the_endpoint_signed_with_both_secrets(plane: Plane, hook: Hook) -> None:
    save(plane, hook.url, secrets=[NEW, OLD])
    send(plane, {"n": 1})
    (exchange,) = hook.taken
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(exchange.body, exchange.headers) == {"type": "order.paid", "data": {"n": 1}}
    assert plane.runs() == [("succeeded", "")]
    (delivery,) = deliveries(plane)
    assert (delivery.endpoint, delivery.type, delivery.state, delivery.attempt) == (
        "billing",
        "order.paid",
        "delivered",
        1,
    )
    assert delivery.webhook_id == exchange.headers["webhook-id"]
    assert (delivery.error, delivery.next_attempt_at) == (None, None)
    assert delivery.settled_at is not None


def test_message_that_is_not_taken_follows_the_schedule(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def lowest(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    monkeypatch.setattr("random.uniform", lowest)
    with Hook(500) as hook:
        save(plane, hook.url)
        send(plane, {"n": 1})
        for seconds in SCHEDULE:
            (delivery,) = deliveries(plane, states=("retrying",))
            assert delivery.next_attempt_at is not None
            assert delivery.error["details"]["status"] == 500
            pass_seconds(plane, seconds + 60)
            settle(plane)
        assert len({(one.headers["webhook-id"], one.body) for one in hook.taken}) == 1
        assert len(hook.taken) == len(SCHEDULE) + 1
    assert [low for low, _ in asked] == list(SCHEDULE)
    assert [high for _, high in asked] == pytest.approx([seconds * 1.1 for seconds in SCHEDULE])
    assert plane.runs() == [("failed", "CONNECTOR_TRANSIENT")]
    assert [(one.state, one.attempt) for one in deliveries(plane)] == [("failed", 7)]


@pytest.mark.parametrize(("step", "state"), [({}, "unknown"), ({"timeout_seconds": 10}, "delivered")])
def test_attempt_at_a_silent_receiver_ends_after_the_time_of_webhooks(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, step: dict[str, Any], state: str
) -> None:
    """15 seconds for people, an instant here. The step's own time comes before it."""
    assert definition.QUICK_SECONDS == {"webhook.send": 15}
    monkeypatch.setattr(definition, "QUICK_SECONDS", {"webhook.send": 0.2})

    async def late(exchange: Exchange) -> None:
        await asyncio.sleep(0.6)
        await exchange.send(answer("204 No Content"))

    with threaded(RawServer(late)) as server:
        save(plane, f"{server.url}hook")
        send(plane, {"n": 1}, retry={"max_attempts": 1}, **step)
        assert len(server.exchanges) == 1
    (delivery,) = deliveries(plane)
    assert delivery.state == state
    if state == "unknown":
        assert delivery.error["code"] == "CONNECTOR_TIMEOUT"


def test_steps_own_retry_comes_before_the_schedule(plane: Plane) -> None:
    with Hook(500) as hook:
        save(plane, hook.url)
        send(plane, {"n": 1}, retry={"max_attempts": 1})
        assert len(hook.taken) == 1
    assert plane.runs() == [("failed", "CONNECTOR_TRANSIENT")]


def test_gone_disables_the_endpoint_until_somebody_enables_it(plane: Plane) -> None:
    with Hook(410, 204) as hook:
        save(plane, hook.url)
        send(plane, {"n": 1})
        assert endpoint(plane) == (2, False, naming("410 Gone"))
        plane.send({"n": 2})
        settle(plane)
        assert len(hook.taken) == 1
        save(plane, hook.url, secrets=None)
        assert endpoint(plane) == (2, False, naming("410 Gone"))
        save(plane, hook.url, secrets=None, enabled=True)
        assert endpoint(plane) == (3, True, "")
        plane.send({"n": 3})
        settle(plane)
        assert [json.loads(one.body)["data"]["n"] for one in hook.taken] == [1, 3]
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED"), ("failed", "CONNECTOR_REFUSED"), ("succeeded", "")]
    audited = plane.rows(
        "SELECT action, actor_kind, changes::text FROM audit_entry WHERE action LIKE 'webhook_endpoint.%%' ORDER BY id"
    )
    gone = naming("410 Gone")
    assert [(action, actor, json.loads(changes)) for action, actor, changes in audited] == [
        (
            "webhook_endpoint.create",
            "member",
            {"url": [None, hook.url], "disabled_reason": [None, ""], "secret_count": [None, 1]},
        ),
        ("webhook_endpoint.disable", "system", {"disabled_reason": ["", gone]}),
        ("webhook_endpoint.update", "member", {"disabled_reason": [gone, ""]}),
    ]


def test_another_receiver_is_tried_where_one_was_gone(plane: Plane) -> None:
    with Hook(410) as gone:
        save(plane, gone.url)
        send(plane, {"n": 1})
        save(plane, f"{gone.url}/other", secrets=None)
        assert endpoint(plane) == (3, True, "")
        save(plane, gone.url, secrets=None, enabled=False)
        save(plane, f"{gone.url}/other", secrets=None)
        assert endpoint(plane)[1:] == (False, naming("disabled"))


def test_gone_says_nothing_of_an_endpoint_that_was_saved_meanwhile(plane: Plane) -> None:
    from automate.endpoints.services import disable_gone
    from automate.kernel.principals import Principal, acting_as

    row_id = save(plane, "http://127.0.0.1:9/old")
    save(plane, "http://127.0.0.1:9/new", secrets=None)
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        disable_gone([(str(row_id), 1), (str(uuid.uuid4()), 1)])
    assert endpoint(plane) == (2, True, "")


def test_unknown_endpoint_fails_the_step_and_is_no_delivery(plane: Plane) -> None:
    send(plane, {"n": 1})
    assert plane.runs() == [("failed", "BAD_USER_INPUT")]
    assert deliveries(plane) == []


def test_call_whose_endpoint_cannot_be_read_is_tried_again(
    plane: Plane, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    import actors.endpoints

    def away(_sent: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    save(plane, hook.url)
    with monkeypatch.context() as patched:
        patched.setattr(actors.endpoints, "begin_deliveries", away)
        send(plane, {"n": 1}, retry={"max_attempts": 2, "initial_seconds": 200})
        assert (len(hook.taken), plane.steps()) == (0, [("tell", 1, "retrying", "UNAVAILABLE")])
    plane.pass_seconds(201)
    settle(plane)
    assert (len(hook.taken), plane.runs()) == (1, [("succeeded", "")])


def test_secret_that_does_not_open_fails_the_step_and_sends_nothing(plane: Plane, hook: Hook) -> None:
    save(plane, hook.url)
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".webhook_endpoint SET secrets = \'["v1.lost.AAAA"]\'')
    send(plane, {"n": 1}, retry={"max_attempts": 1})
    assert (len(hook.taken), plane.runs()) == (0, [("failed", "INTERNAL")])
    save(plane, hook.url, secrets=[OLD])
    plane.send({"n": 2})
    settle(plane)
    assert Webhook(OLD).verify(hook.taken[0].body, hook.taken[0].headers)


def test_delivery_is_sent_once_more_under_its_id_and_shows_as_one_of_its_own(plane: Plane, hook: Hook) -> None:
    save(plane, hook.url)
    send(plane, {"n": 1, "text": "{{ event.id }} $secret:X"})
    (first,) = deliveries(plane)
    runs = resend(plane, first.id, key="again")
    assert resend(plane, first.id, key="again") == runs
    settle(plane)
    (said,) = plane.rows(
        "SELECT convert_from(p.body, 'UTF8') FROM event_payload p JOIN execution_run r ON r.event_id = p.event_id"
        " JOIN audit_entry a ON a.object_id = r.id::text WHERE a.action = 'workflow.run' AND a.actor_kind = 'member'"
    )
    assert json.loads(said[0])["delivery"] == str(first.id)
    (second, _) = deliveries(plane)
    assert (second.webhook_id, second.run_id, second.state) == (first.webhook_id, runs[0], "delivered")
    one, two = hook.taken
    assert (one.body, one.headers["webhook-id"]) == (two.body, two.headers["webhook-id"])
    assert Webhook(NEW).verify(two.body, two.headers)
    # And that one again, which is still the same message.
    resend(plane, second.id)
    settle(plane)
    assert {one.headers["webhook-id"] for one in hook.taken} == {first.webhook_id}
    assert len(hook.taken) == 3


def test_resend_restores_its_workflow_where_somebody_has_changed_it(plane: Plane, hook: Hook) -> None:
    from automate.workflows.services import publish_workflow, save_workflow

    save(plane, hook.url)
    send(plane, {"n": 1})
    (first,) = deliveries(plane)
    with acting_for(plane.tenant):
        other: JsonObject = {"schema": 1, "steps": [{"key": "a", "uses": "log.write", "with": {"message": "x"}}]}
        save_workflow(slug="webhook-resend", name="Mine", definition=other, expected_revision=None)
        publish_workflow(slug="webhook-resend")
    resend(plane, first.id)
    settle(plane)
    assert len(hook.taken) == 2


def test_unknown_delivery_sends_none(plane: Plane, hook: Hook) -> None:
    save(plane, hook.url)
    send(plane, {"n": 1})
    (first,) = deliveries(plane)
    with pytest.raises(NormalizedError) as caught:
        resend(plane, first.id, plane.tenant.id)
    assert (caught.value.code, caught.value.path) == ("NOT_FOUND", ["deliveries", "1"])
    settle(plane)
    assert len(hook.taken) == 1


def test_retried_run_goes_on_with_the_same_delivery(plane: Plane) -> None:
    with Hook(500, 204) as hook:
        save(plane, hook.url)
        send(plane, {"n": 1}, retry={"max_attempts": 1})
        assert [one.state for one in deliveries(plane)] == ["failed"]
        retry_latest(plane)
        settle(plane)
        assert [(one.state, one.attempt) for one in deliveries(plane)] == [("delivered", 1)]
        assert len({one.headers["webhook-id"] for one in hook.taken}) == 1
        assert len(hook.taken) == 2


def retry_latest(plane: Plane) -> None:
    from automate.kernel.principals import Principal, acting_as
    from automate.recovery.plans import RetryRequest
    from automate.recovery.retrying import retry_runs

    ((run_id,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="test")):
        retry_runs([run_id], RetryRequest(), plan_id=None, idempotency_key=None)


def test_lost_worker_leaves_one_delivery_behind(plane: Plane, hook: Hook) -> None:
    from actors.endpoints import with_connectors

    save(plane, hook.url)
    plane.publish("hooks", [{"key": "tell", "uses": "webhook.send", "with": WITH}])
    plane.send({"n": 1})
    calls = plane.start_and_die()
    with acting_for(plane.tenant):
        with_connectors(calls)
    assert [one.state for one in deliveries(plane)] == ["sending"]
    settle(plane)
    assert ([one.state for one in deliveries(plane)], len(hook.taken)) == (["delivered"], 1)
    assert plane.effects() == [("tell", "confirmed", 2)]


def test_lists_are_narrowed_by_endpoint_and_state(plane: Plane) -> None:
    from automate.endpoints.queries import DeliveriesFilter, count_deliveries

    with Hook(204) as good, Hook(500) as bad:
        save(plane, good.url)
        save(plane, bad.url, slug="other")
        plane.publish(
            "hooks",
            [
                {"key": "tell", "uses": "webhook.send", "with": WITH},
                {
                    "key": "other",
                    "uses": "webhook.send",
                    "with": {**WITH, "endpoint": "other"},
                    "retry": {"max_attempts": 1},
                },
            ],
        )
        plane.send({"n": 1}, {"n": 2})
        settle(plane)
    assert [one.endpoint for one in deliveries(plane, endpoint="other")] == ["other", "other"]
    assert {one.endpoint for one in deliveries(plane, states=("delivered",))} == {"billing"}
    assert deliveries(plane, endpoint="billing", states=("failed",)) == []
    with acting_for(plane.tenant):
        assert count_deliveries(DeliveriesFilter(endpoint="other", states=("failed",))) == 2
