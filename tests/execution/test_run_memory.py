"""Large values of a run: bounded together, written a portion at a time, and read only by the step that names them."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest

from actors import holding
from automate.kernel.json_values import as_integer
from automate.kernel.large import LARGE_BYTES, WRITE_BYTES
from automate.kernel.limits import LIMITS
from automate.kernel.sql import as_set
from automate.outbox.claims import EVENT_MATCH
from automate.runs import loading, transitions
from automate.runs.run_set import RunSet
from tests.support.plane import Plane, Scripted, connectors, counting
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

LARGE = "x" * (LARGE_BYTES * 2)
READS = ("SELECT output::text FROM", "SELECT body FROM", "SELECT request::text FROM", "SELECT input::text FROM")


def transform(key: str, output: Any, **more: Any) -> dict[str, Any]:
    return {"key": key, "uses": "flow.transform", "with": {"output": output}, **more}


def outputs(plane: Plane) -> dict[str, Any]:
    return dict(
        plane.rows("SELECT key, output ->> 0 FROM step_run WHERE item < 0 AND jsonb_typeof(output) <> 'object'")
    )


def error_of(plane: Plane, key: str) -> Any:
    ((error,),) = plane.rows("SELECT error::text FROM step_run WHERE key = %s AND item < 0", key)
    return json.loads(error)


@pytest.fixture
def small_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "RUN_OUTPUT_BYTES", 100_000)


@pytest.mark.usefixtures("small_bound")
def test_step_whose_output_passes_the_bound_fails_and_is_named(plane: Plane) -> None:
    plane.publish("wide", [transform(f"t{n}", "{{ event.payload.text }}") for n in range(9)])
    plane.send({"text": "x" * 29_998})
    plane.drain()
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    error = error_of(plane, "t3")
    assert (error["details"]["limit"], error["details"]["maximum"]) == ("run_output_bytes", 100_000)
    assert (error["details"]["step"], error["details"]["bytes"], error["details"]["others"]) == ("t3", 30_000, 90_000)
    assert plane.steps()[-1] == ("t3", 1, "failed", "LIMIT_EXCEEDED")


@pytest.mark.usefixtures("small_bound")
def test_bound_counts_what_an_earlier_claim_put_out(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 60}}
    plane.publish(
        "wide", [transform("a", "{{ event.payload.text }}"), wait, transform("b", "{{ event.payload.text }}")]
    )
    plane.send({"text": "x" * 60_000})
    plane.drain()
    plane.pass_seconds(61)
    plane.drain()
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert error_of(plane, "b")["details"]["others"] > 60_000


@pytest.mark.usefixtures("small_bound")
def test_bound_counts_results_of_items(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: "x" * 30_000,))
    each = {"items": list(range(9)), "parallel": 1, "step": {"uses": scripted.name, "with": {"n": "{{ item.value }}"}}}
    with connectors(scripted):
        plane.publish("each", [{"key": "each", "uses": "flow.for_each", "with": each}])
        plane.send({})
        plane.drain()
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert error_of(plane, "each")["details"]["step"] == "each"
    assert len(scripted.calls) == 4


@pytest.mark.usefixtures("small_bound")
def test_call_whose_output_passes_the_bound_was_made(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=("x" * 101_000,))):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.drain()
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert plane.effects() == [("a", "confirmed", 1)]
    assert len(scripted.calls) == 1


def reads_of(seen: list[tuple[str, bool]]) -> list[str]:
    return [words for words, _ in seen if words in READS]


def test_large_output_is_read_by_the_step_that_names_it_alone(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 60}}
    steps = [
        transform("a", "{{ event.payload.text }}"),
        transform("b", "{{ event.payload.text }}"),
        wait,
        transform("c", "{{ steps.wait.state }} {{ run.id }}"),
        transform("d", "{{ length(steps.b.output) }}"),
        transform("e", 1, **{"if": {"==": [{"var": "steps.b.state"}, "succeeded"]}}),
    ]
    plane.publish("few", steps)
    plane.send({"text": LARGE})
    plane.drain()
    plane.pass_seconds(61)
    with counting() as seen:
        plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert outputs(plane)["d"] == str(len(LARGE))
    assert reads_of(seen) == ["SELECT output::text FROM"]


def test_condition_that_computes_its_path_reads_what_it_needs(plane: Plane) -> None:
    computed = {"==": [{"var": {"cat": ["steps.", "a", ".output"]}}, {"var": "event.payload.text"}]}
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 60}}
    plane.publish("if", [transform("a", "{{ event.payload.text }}"), wait, transform("b", 1, **{"if": computed})])
    plane.send({"text": "x" * 100_000})
    plane.drain()
    plane.pass_seconds(61)
    plane.drain()
    assert plane.steps()[-1] == ("b", 1, "succeeded", "")


def test_expression_that_reads_too_much_fails_its_step(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.runs import seen

    monkeypatch.setattr(seen, "LIMITS", mock.Mock(template_read_bytes=3 * len(LARGE)))
    parts = [transform(f"t{n}", "{{ event.payload.text }}") for n in range(4)]
    each = {
        "one": "{{ length(steps.t0.output) }}",
        "two": "{{ length(steps.t1.output) }}",
        "x": "{{ length(steps.t3.output) }}",
    }
    steps = [*parts, transform("each", each), transform("all", "{{ steps.*.output }}")]
    plane.publish("reads", steps)
    plane.send({"text": LARGE})
    plane.drain()
    assert plane.steps()[-2:] == [("each", 1, "succeeded", ""), ("all", 1, "failed", "LIMIT_EXCEEDED")]
    assert error_of(plane, "all")["details"]["limit"] == "template_read_bytes"


def test_transaction_writes_a_portion_of_what_a_run_puts_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def watched(rows: Any) -> str:
        text = as_set(rows)
        sizes.append(len(text))
        return text

    monkeypatch.setattr(transitions, "as_set", watched)
    plane.publish("wide", [transform(f"t{n}", "{{ event.payload.text }}") for n in range(12)])
    plane.send({"text": "x" * 900_000})
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert sum(sizes) > 12 * 900_000
    assert max(sizes) < WRITE_BYTES + LIMITS.step_output_bytes


def test_set_of_large_runs_is_taken_in_smaller_sets(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SET_WEIGHT", 5 * loading.STEP_WEIGHT)
    loaded: list[int] = []
    read = RunSet._read

    def watched(run_set: RunSet, *given: Any, **options: Any) -> Any:
        runs = read(run_set, *given, **options)
        loaded.append(len(runs))
        return runs

    monkeypatch.setattr(RunSet, "_read", watched)
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 60}}
    plane.publish("two", [wait, transform("a", "{{ event.payload.n }}")])
    plane.send(*({"n": n} for n in range(7)))
    plane.drain()
    plane.pass_seconds(61)
    plane.drain()
    assert plane.run_states() == ["succeeded"] * 7
    assert loaded == [2, 2, 2, 1]
    assert [state for state, _, _ in plane.jobs()] == ["done"] * 14


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A process that may keep no state; how often runs were read again."""
    again: list[int] = []
    load = RunSet._load_again

    def watched(run_set: RunSet, run: Any) -> None:
        again.append(1)
        load(run_set, run)

    monkeypatch.setattr(RunSet, "_load_again", watched)
    monkeypatch.setattr(holding, "PROCESS_STATE_BYTES", -1)
    monkeypatch.setattr("automate.runs.writing.UNLOAD_WEIGHT", 0)
    return again


def test_run_whose_state_was_dropped_goes_on_when_its_call_ends(plane: Plane, crowded: list[int]) -> None:
    gate = Gate({"text": LARGE})
    with connectors(scripted := Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        first = {"key": "a", "uses": scripted.name, "with": {"text": "{{ event.payload.text }}"}}
        second = {"key": "b", "uses": scripted.name, "with": {"n": "{{ length(steps.a.output.text) }}"}}
        plane.publish("two", [first, second, transform("c", "{{ steps.b.output.text }}")])
        plane.send(*({"text": f"{n}{LARGE * 3}"} for n in range(3)))
        give(scheduler, plane)
        for came in (3, 6):
            gate.await_calls(came)
            gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.run_states() == ["succeeded"] * 3
    assert len(crowded) >= 6
    assert [call.input for call in gate.calls[3:]] == [{"n": len(LARGE)}] * 3


def test_items_of_a_run_whose_state_was_dropped_are_done_once(plane: Plane, crowded: list[int]) -> None:
    with (
        connectors(scripted := Scripted(inline=False, acts=(lambda call: {"n": call.input["n"]},))),
        a_scheduler() as scheduler,
    ):
        step = {"uses": scripted.name, "with": {"n": "{{ item.value.n }}"}}
        each = {"items": "{{ event.payload.items }}", "parallel": 3, "step": step}
        plane.publish("each", [{"key": "each", "uses": "flow.for_each", "with": each}])
        plane.send({"items": [{"n": n, "more": "x" * 9_000} for n in range(10)]})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert plane.run_states() == ["succeeded"]
    assert sorted(as_integer(call.input["n"]) for call in scripted.calls) == list(range(10))
    assert crowded


def test_large_requests_wait_for_one_another(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "PROCESS_REQUEST_BYTES", 4)
    monkeypatch.setattr("automate.runs.starting.HELD_BACK_SECONDS", 0.05)
    gate = Gate()
    with connectors(scripted := Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        given = {"text": "{{ event.payload.text }}"}
        plane.publish("three", [{"key": f"s{n}", "uses": scripted.name, "with": given, "needs": []} for n in range(3)])
        plane.send({"text": LARGE})
        give(scheduler, plane)
        for came in (1, 2, 3):
            gate.await_calls(came)
            assert len(gate.calls) == came
            assert plane.rows("SELECT count(*) FROM effect") == [(came,)], "a call that waits has no intent"
            gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.run_states() == ["succeeded"]


def test_retry_sends_a_large_request_as_it_was_recorded(plane: Plane) -> None:
    from tests.support.plane import failing

    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_TRANSIENT"), {}))):
        retry = {"max_attempts": 2, "backoff_seconds": 60}
        plane.publish(
            "one", [{"key": "a", "uses": scripted.name, "with": {"text": "{{ event.payload.text }}"}, "retry": retry}]
        )
        plane.send({"text": LARGE})
        plane.drain()
        assert plane.run_states() == ["waiting"]
        plane.pass_seconds(600)
        plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert [call.input["text"] for call in scripted.calls] == [LARGE, LARGE]


def test_lost_worker_leaves_a_large_request_that_is_sent_again(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "with": {"text": "{{ event.payload.text }}"}}])
        plane.send({"text": LARGE})
        (call,) = plane.start_and_die(EVENT_MATCH)
        plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert [(made.idempotency_key, made.input["text"]) for made in scripted.calls] == [(call.key, LARGE)]


def test_large_event_ends_a_wait_and_is_kept_whole(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.wait_for_event", "with": {"type": "paid"}}
    plane.publish(
        "wait",
        [wait, transform("a", "{{ length(steps.wait.output.event.payload.text) }}")],
        when={"==": [{"var": "type"}, "order"]},
    )
    plane.send({}, kind="order")
    plane.drain()
    plane.send({"text": "x" * 500_000}, kind="paid")
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert outputs(plane)["a"] == "500000"


def test_child_whose_outputs_do_not_fit_fails_the_step_that_waits(plane: Plane) -> None:
    plane.publish("child", [transform(f"t{n}", "{{ event.payload.text }}") for n in range(3)], when=False)
    call = {"workflow": "child", "payload": {"text": "{{ event.payload.text }}"}}
    plane.publish(
        "parent", [{"key": "call", "uses": "flow.run_workflow", "with": call}], when={"==": [{"var": "type"}, "order"]}
    )
    plane.send({"text": "x" * 400_000}, kind="order")
    plane.drain()
    assert sorted(plane.runs()) == [("failed", "LIMIT_EXCEEDED"), ("succeeded", "")]
    assert error_of(plane, "call")["details"]["limit"] == "step_output_bytes"


def test_details_of_an_error_are_bounded(plane: Plane) -> None:
    given = {"message": "no", "details": {"all": "{{ event.payload.text }}"}}
    plane.publish("fail", [{"key": "a", "uses": "flow.fail", "with": given}])
    plane.send({"text": LARGE})
    plane.drain()
    assert plane.runs() == [("failed", "FAILED_ON_PURPOSE")]
    assert error_of(plane, "a")["details"] == {"omitted_bytes": len(LARGE) + len('{"all":""}')}
