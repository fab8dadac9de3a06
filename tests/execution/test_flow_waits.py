"""Steps that wait: for a time, and for an event. No worker is held, and what comes just before the wait counts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from actors.pools import heartbeat
from automate.kernel.tenancy import acting_for
from automate.runs.waits import transitions as waits
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, counting, failing
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

CREATED = {"==": [{"var": "type"}, "order.created"]}
PAID: dict[str, Any] = {
    "key": "paid",
    "uses": "flow.wait_for_event",
    "with": {
        "type": "payment.settled",
        "correlation": {"event": "payload.order", "equals": "{{ event.payload.id }}"},
        "match": {">": [{"var": "payload.amount"}, 100]},
        "timeout_seconds": 3600,
    },
}
SHOW: dict[str, Any] = {"key": "show", "uses": "flow.transform", "with": {"output": "{{ steps.paid.output }}"}}


def shown(plane: Plane, key: str = "show") -> Any:
    import orjson

    return [
        orjson.loads(row[0]) for row in plane.rows("SELECT output::text FROM step_run WHERE key = %s ORDER BY id", key)
    ]


def due_in(plane: Plane) -> float:
    return float(
        plane.root.value(
            "SELECT extract(epoch FROM due_at - now()) FROM public.outbox_job WHERE tenant_id = %s AND open",
            plane.tenant.id,
        )
    )


def waiting(plane: Plane, *steps: Any, payload: Any = None) -> None:
    """A run that waits, whose wait has looked back and found nothing."""
    plane.publish("one", list(steps) or [PAID, SHOW], when=CREATED)
    plane.send({"id": 7} if payload is None else payload)
    plane.drain()
    assert plane.runs() == [("waiting", f"step {steps[0]['key'] if steps else 'paid'} waits")]


def test_delay_holds_no_worker_and_ends_on_time(plane: Plane) -> None:
    waiting(plane, {"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}, payload={})
    assert plane.jobs()[-1][0] == "pending"
    assert 590 < due_in(plane) <= 600
    assert plane.work() == 0
    plane.pass_seconds(600)
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    (output,) = shown(plane, "pause")
    until = datetime.fromisoformat(output["until"])
    assert abs((until - datetime.now(timezone.utc)).total_seconds() - 600) < 30


def test_delay_until_a_time(plane: Plane) -> None:
    until = datetime.now(timezone.utc) + timedelta(seconds=300)
    waiting(
        plane,
        {"key": "pause", "uses": "flow.delay", "with": {"until": "{{ event.payload.at }}"}},
        payload={"at": until.isoformat()},
    )
    assert 290 < due_in(plane) <= 300
    plane.pass_seconds(300)
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "tomorrow"])
def test_time_that_is_past_or_none(plane: Plane, at: str) -> None:
    plane.publish(
        "one", [{"key": "pause", "uses": "flow.delay", "with": {"until": "{{ event.payload.at }}"}}], when=CREATED
    )
    plane.send({"at": at})
    plane.drain()
    assert plane.runs() == [("succeeded", "") if at.startswith("20") else ("failed", "BAD_USER_INPUT")]


def test_run_time_out_is_shorter_than_the_wait(plane: Plane) -> None:
    plane.publish(
        "one", [{"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}], when=CREATED, timeout_seconds=60
    )
    plane.send({})
    plane.drain()
    plane.rows("UPDATE execution_run SET deadline_at = now() RETURNING 1")
    plane.pass_seconds(60)
    plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]
    assert plane.steps() == [("pause", 1, "cancelled", "")]


def test_event_ends_the_wait_that_is_for_it_and_no_other(plane: Plane) -> None:
    plane.publish("one", [PAID, SHOW], when=CREATED)
    plane.send({"id": 7}, {"id": 8})
    plane.drain()
    plane.send(
        {"order": 7, "amount": 100}, {"order": 9, "amount": 900}, {"order": "7", "amount": 900}, kind="payment.settled"
    )
    plane.send({"order": 7, "amount": 900}, kind="payment.refused")
    plane.drain()
    assert sorted(plane.runs()) == [("waiting", naming("step paid"))] * 2
    plane.send({"order": 7, "amount": 900}, kind="payment.settled")
    plane.drain()
    assert sorted(plane.runs()) == [("succeeded", ""), ("waiting", naming("step paid"))]
    (seen,) = shown(plane)
    assert (seen["timed_out"], seen["event"]["payload"]) == (False, {"order": 7, "amount": 900})


def test_one_event_ends_all_waits_for_it(plane: Plane) -> None:
    plane.publish("one", [PAID, SHOW], when=CREATED)
    plane.send(*[{"id": 7}] * 3)
    plane.drain()
    plane.send({"order": 7, "amount": 101}, kind="payment.settled")
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 3


@pytest.mark.parametrize(
    ("on_timeout", "end"), [("fail", ("failed", "WAIT_TIMED_OUT")), ("continue", ("succeeded", ""))]
)
def test_wait_has_an_end(plane: Plane, on_timeout: str, end: tuple[str, str]) -> None:
    waiting(plane, {**PAID, "with": {**PAID["with"], "on_timeout": on_timeout}}, SHOW)
    assert 3500 < due_in(plane) <= 3600
    plane.pass_seconds(3600)
    plane.drain()
    assert plane.runs() == [end]
    if on_timeout == "continue":
        assert shown(plane) == [{"event": None, "timed_out": True}]


def test_wait_as_long_as_its_run_ends_by_the_run_s_time_out(plane: Plane) -> None:
    given = {"type": "payment.settled"}
    plane.publish("one", [{**PAID, "with": given}], when=CREATED, timeout_seconds=60)
    plane.send({"id": 7})
    plane.drain()
    plane.rows("UPDATE execution_run SET deadline_at = deadline_at - interval '60 seconds' RETURNING 1")
    plane.pass_seconds(60)
    plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]
    assert plane.steps() == [("paid", 1, "cancelled", "")]


def test_event_that_came_just_before_the_wait_counts(plane: Plane) -> None:
    """It is matched before the wait is written: only looking back finds it."""
    plane.publish("one", [PAID, SHOW], when=CREATED)
    plane.send({"id": 7})
    jobs = plane.claim()
    plane.send({"order": 7, "amount": 900}, kind="payment.settled")
    plane.drain()
    with acting_for(plane.tenant):
        from automate.runs.matching import match_events

        assert match_events(plane.run_set(), jobs) == []
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_without_looking_back_it_would_be_missed(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(waits, "events_since", lambda *_: [])
    with pytest.raises(AssertionError, match="waiting"):
        test_event_that_came_just_before_the_wait_counts(plane)


def beside_a_call(plane: Plane, gate: Gate) -> Scripted:
    """A run that waits for an event while a call of another branch is under way."""
    slow = Scripted(inline=False, acts=(gate,))
    steps = [{"key": "slow", "uses": slow.name, "needs": []}, {**PAID, "needs": []}, {**SHOW, "needs": ["paid"]}]
    plane.publish("one", steps, when=CREATED)
    return slow


def test_wait_beside_a_call_looks_back_in_hand(plane: Plane) -> None:
    gate = Gate()
    with connectors(beside_a_call(plane, gate)), a_scheduler() as scheduler:
        plane.send({"id": 7})
        (job,) = plane.dispatch()
        plane.send({"order": 7, "amount": 900}, kind="payment.settled")
        give(scheduler, plane)
        plane.until(lambda: plane.rows("SELECT count(*) FROM rule_match") == [(1,)])
        give(scheduler, plane, [job])
        gate.await_calls(1)
        plane.until(lambda: ("show", 1, "succeeded", "") in plane.steps())
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")]


def test_event_that_comes_while_the_run_is_in_hand_is_told_to_its_holder(plane: Plane) -> None:
    """The heartbeat hears of it, and the other branch goes on though the call has not ended."""
    gate = Gate()
    with (
        connectors(beside_a_call(plane, gate)),
        a_scheduler() as scheduler,
        heartbeat.holding(scheduler.jobs, scheduler.signal),
    ):
        plane.send({"id": 7})
        give(scheduler, plane)
        gate.await_calls(1)
        plane.until(lambda: plane.rows("SELECT looked_back FROM step_wait") == [(True,)])
        plane.send({"order": 7, "amount": 900}, kind="payment.settled")
        give(scheduler, plane)
        signals = "SELECT signals FROM public.outbox_job WHERE state = 'claimed'"
        plane.until(lambda: plane.root.rows(signals) == [(1,)])
        heartbeat.beat()
        plane.until(lambda: ("show", 1, "succeeded", "") in plane.steps())
        assert plane.root.rows(signals) == [(0,)]
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")]


def test_retry_is_made_on_time_beside_a_call(plane: Plane) -> None:
    gate = Gate()
    slow, hasty = (
        Scripted(inline=False, acts=(gate,)),
        Scripted(name="test.hasty", acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=0.05), {})),
    )
    with connectors(slow, hasty), a_scheduler() as scheduler:
        plane.publish(
            "one", [{"key": "slow", "uses": slow.name, "needs": []}, {"key": "hasty", "uses": hasty.name, "needs": []}]
        )
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        plane.until(lambda: ("hasty", 2, "succeeded", "") in plane.steps())
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")]


def test_ten_thousand_waits_cost_an_event_of_another_type_nothing(plane: Plane) -> None:
    waiting(plane)
    plane.send({}, kind="other")
    plane.drain()
    with counting() as before:
        plane.send({}, kind="other")
        plane.drain()
    plane.root.execute(
        f'INSERT INTO "{plane.tenant.schema}".step_wait (step_id, run_id, kind, event_type, path, digest, looked_back)'
        " SELECT gen_random_uuid(), gen_random_uuid(), 'event', 'payment.settled', 'payload.order', md5(n::text), true"
        " FROM generate_series(1, 10000) n"
    )
    with counting() as after:
        plane.send({}, kind="other")
        plane.drain()
    ours = [[words for words, _ in seen if not words.startswith("SELECT t.id")] for seen in (before, after)]
    assert ours[0] == ours[1]
