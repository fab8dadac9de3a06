"""What happens after an error: by its class, under the same key, with the recorded request, within the time-outs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from actors.connectors.http.bodies import encode_body
from tests.support.facts import Naming, naming
from tests.support.plane import Plane, Scripted, connectors, failing

POLICY = {"max_attempts": 3, "initial_seconds": 100, "factor": 2, "max_seconds": 150}


def one(plane: Plane, connector: Scripted, payload: Any = None, **step: Any) -> None:
    """Publish a workflow of one scripted step, send an event and work until nothing is due now."""
    with_ = {"with": {"n": "{{ event.payload.n }}"}}
    plane.publish("one", [{"key": "a", "uses": connector.name, "retry": POLICY, **with_, **step}])
    plane.send(payload or {"n": 1})
    plane.drain()


@pytest.mark.parametrize("code", ["CONNECTOR_AUTH", "CONNECTOR_REFUSED", "CONNECTOR_BLOCKED", "BAD_USER_INPUT"])
def test_error_that_will_not_pass_is_not_retried(plane: Plane, code: str) -> None:
    scripted = Scripted(acts=(failing(code),))
    with connectors(scripted):
        one(plane, scripted)
        plane.root.pass_seconds(1_000)
        plane.drain()
    assert len(scripted.calls) == 1
    assert plane.runs() == [("failed", code)]
    assert plane.effects() == [("a", "failed", 1)]


def test_transient_error_backs_off_with_full_jitter(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def highest(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    monkeypatch.setattr("random.uniform", highest)
    scripted = Scripted(acts=(failing("CONNECTOR_TRANSIENT"),))
    with connectors(scripted):
        one(plane, scripted)
        waits = plane.root.value(
            "SELECT extract(epoch FROM due_at - now())::float FROM public.outbox_job WHERE state = 'pending'"
        )
        assert 95 < waits <= 100
        assert plane.runs() == [("waiting", naming("retry"))]
        for _ in range(3):
            plane.root.pass_seconds(151)
            plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".step_run SET due_at = due_at - interval '151 s'")
            plane.drain()
    assert asked == [(0, 100), (0, 150)]
    assert plane.steps() == [
        ("a", 1, "retrying", "CONNECTOR_TRANSIENT"),
        ("a", 2, "retrying", "CONNECTOR_TRANSIENT"),
        ("a", 3, "failed", "CONNECTOR_TRANSIENT"),
    ]
    assert len({call.idempotency_key for call in scripted.calls}) == 1
    assert (len(scripted.calls), plane.effects()) == (3, [("a", "failed", 3)])
    assert plane.runs() == [("failed", "CONNECTOR_TRANSIENT")]


def test_rate_limited_step_obeys_retry_after(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=40.0), {"ok": True}))
    with connectors(scripted):
        one(plane, scripted, retry={"max_attempts": 2, "initial_seconds": 1, "max_seconds": 2})
        due = "SELECT extract(epoch FROM due_at - now())::float FROM public.outbox_job WHERE state = 'pending'"
        assert 38 < plane.root.value(due) <= 40
        plane.root.pass_seconds(41)
        plane.drain()
        assert len(scripted.calls) == 1, "the step itself still waits"
        plane.root.pass_seconds(41)
        later(plane, 41)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert plane.effects() == [("a", "confirmed", 2)]


@pytest.mark.parametrize(
    ("asked", "run_seconds", "says"),
    [
        (
            1_000.0,
            50,
            naming("CONNECTOR_RATE_LIMITED", "1000 s", "50"),
        ),
        (
            86_400.0,
            172_800,
            naming("CONNECTOR_RATE_LIMITED", "24 hours"),
        ),
    ],
)
def test_wait_that_nobody_can_wait_for_fails_the_step_and_says_so(
    plane: Plane, asked: float, run_seconds: int, says: Naming
) -> None:
    """At once, rather than as a time-out or in the words of a first failure: what handles the failure has time left."""
    limited = Scripted(acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=asked),))
    with connectors(limited, handler := Scripted(name="test.handler")):
        steps: list[dict[str, Any]] = [
            {"key": "a", "uses": limited.name, "on_failure": "b"},
            {"key": "b", "uses": handler.name, "needs": []},
        ]
        plane.publish("one", steps, timeout_seconds=run_seconds)
        plane.send({})
        plane.drain()
    assert plane.rows(
        "SELECT error ->> 'message', error -> 'details' ->> 'retry_after_seconds' FROM step_run ORDER BY key"
    ) == [
        (says, f"{asked:.1f}"),
        (None, None),
    ]
    assert plane.steps() == [("a", 1, "failed", "CONNECTOR_RATE_LIMITED"), ("b", 1, "succeeded", "")]
    assert (len(limited.calls), len(handler.calls), plane.runs()) == (1, 1, [("succeeded", "")])


def test_last_attempt_does_not_speak_of_a_wait(plane: Plane) -> None:
    limited = Scripted(acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=1_000.0),))
    with connectors(limited):
        plane.publish("one", [{"key": "a", "uses": limited.name, "retry": {"max_attempts": 1}}], timeout_seconds=50)
        plane.send({})
        plane.drain()
    assert plane.rows("SELECT error ->> 'message' FROM step_run") == [("CONNECTOR_RATE_LIMITED by script.",)]


def later(plane: Plane, seconds: int) -> None:
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".step_run SET due_at = due_at - interval '{seconds} s'")


def test_retry_sends_the_same_bytes_as_the_first_call(plane: Plane) -> None:
    """Also of what a step before it has given, whose keys and numbers the database writes in a way of its own."""
    giver = Scripted(name="test.giver", acts=({"zz": 1e20, "b": -0.0, "a": {"long": 1, "x": 2}},))
    scripted = Scripted(acts=(failing("CONNECTOR_TRANSIENT"), {}))
    with connectors(giver, scripted):
        steps: list[dict[str, Any]] = [
            {"key": "a", "uses": giver.name},
            {"key": "b", "uses": scripted.name, "with": {"json": "{{ steps.a.output }}"}, "retry": POLICY},
        ]
        plane.publish("one", steps)
        plane.send({})
        plane.drain()
        plane.root.pass_seconds(151)
        later(plane, 151)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    first, second = (encode_body(call.input, call.idempotency_key)[0] for call in scripted.calls)
    assert first == second == b'{"a":{"x":2,"long":1},"b":0.0,"zz":100000000000000000000}'


def test_retry_resends_the_recorded_request(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_TRANSIENT"), {}))
    with connectors(scripted):
        one(plane, scripted, {"n": "first"})
        schema = plane.tenant.schema
        plane.root.execute(
            f"UPDATE \"{schema}\".effect SET request = jsonb_set(request, '{{input,n}}', '\"recorded\"')"
        )
        plane.root.pass_seconds(200)
        later(plane, 200)
        plane.drain()
    assert [call.input for call in scripted.calls] == [{"n": "first"}, {"n": "recorded"}]
    assert plane.runs() == [("succeeded", "")]


def test_step_that_overstays_is_cut_off(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.calls.GRACE_SECONDS", 0.0)

    async def never() -> None:
        await asyncio.Event().wait()

    scripted = Scripted(acts=(lambda _: never(),), inline=False)
    began = time.monotonic()
    with connectors(scripted):
        one(plane, scripted, timeout_seconds=0.2, retry={"max_attempts": 1})
    assert 0.2 <= time.monotonic() - began < 5
    assert plane.runs() == [("failed", "STEP_TIMED_OUT")]
    assert plane.effects() == [("a", "uncertain", 1)]
    assert scripted.calls[0].timeout_seconds == 0.2


def test_run_times_out_while_it_waits(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, high: high)
    scripted = Scripted(acts=(failing("CONNECTOR_TRANSIENT"), {}))
    with connectors(scripted):
        step = {"key": "a", "uses": scripted.name, "retry": POLICY}
        plane.publish("one", [step], timeout_seconds=50)
        plane.send({})
        plane.drain()
        due = "SELECT extract(epoch FROM due_at - now())::float FROM public.outbox_job WHERE state = 'pending'"
        assert 45 < plane.root.value(due) <= 50, "it waits no longer than its run may take"
        end_the_time(plane)
        plane.root.pass_seconds(51)
        plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]
    assert plane.steps() == [("a", 1, "cancelled", "CONNECTOR_TRANSIENT")]
    assert len(scripted.calls) == 1


def end_the_time(plane: Plane) -> None:
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".execution_run SET deadline_at = now() - interval '1 second'")


def test_call_gets_no_more_time_than_its_run_has(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "timeout_seconds": 9}], timeout_seconds=10)
        plane.send({})
        jobs = plane.claim()
        plane.root.execute("UPDATE public.outbox_job SET state = 'pending'")
        assert len(jobs) == 1
        plane.drain()
        plane.send({})
        plane.drain()
    assert [call.timeout_seconds for call in scripted.calls] == [9, 9]


@pytest.mark.parametrize("effect", ["keyed", "idempotent", "unsafe"])
def test_run_times_out_though_its_worker_was_lost(plane: Plane, effect: str) -> None:
    scripted = Scripted(effect)
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}], timeout_seconds=50)
        plane.send({})
        assert len(plane.start_and_die()) == 1
        end_the_time(plane)
        plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]
    assert plane.steps() == [("a", 1, "cancelled", "")]
    assert plane.effects() == [("a", "uncertain", 1)]
    assert plane.jobs()[1] == ("done", 2, 2)
    assert scripted.calls == []
