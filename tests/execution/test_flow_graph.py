"""Which steps a run takes: branches, conditions, and what follows a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing

ONCE = {"retry": {"max_attempts": 1}}


def step(key: str, **rest: Any) -> dict[str, Any]:
    return {"key": key, "uses": "flow.transform", "with": {"output": key}, **rest}


def broken(key: str, **rest: Any) -> dict[str, Any]:
    return {"key": key, "uses": "test.broken", **ONCE, **rest}


def states_of(plane: Plane) -> dict[str, str]:
    return {key: state for key, _, state, _ in plane.steps()}


GRAPHS: Mapping[str, tuple[list[dict[str, Any]], dict[str, str], tuple[str, str]]] = {
    "a failure ends the run": (
        [broken("a"), step("b")],
        {"a": "failed"},
        ("failed", "CONNECTOR_REFUSED"),
    ),
    "continue goes on with those that follow": (
        [broken("a", on_failure="continue"), step("b")],
        {"a": "failed", "b": "succeeded"},
        ("succeeded", ""),
    ),
    "a handler takes over, and what follows it goes on": (
        [broken("a", on_failure="fix"), step("fix"), step("after")],
        {"a": "failed", "fix": "succeeded", "after": "succeeded"},
        ("succeeded", ""),
    ),
    "a handler is skipped where nothing failed": (
        [step("a", on_failure="fix"), step("b"), step("fix"), step("after")],
        {"a": "succeeded", "b": "succeeded", "fix": "skipped", "after": "succeeded"},
        ("succeeded", ""),
    ),
    "what needs the failed step is not taken, nor what needs that": (
        [broken("a", on_failure="fix"), step("b"), step("c"), step("fix"), step("d", needs=["c", "fix"])],
        {"a": "failed", "b": "skipped", "c": "skipped", "fix": "succeeded", "d": "succeeded"},
        ("succeeded", ""),
    ),
    "a handler that fails is judged by its own on_failure": (
        [broken("a", on_failure="fix"), broken("fix")],
        {"a": "failed", "fix": "failed"},
        ("failed", "CONNECTOR_REFUSED"),
    ),
    "a handler of a handler": (
        [broken("a", on_failure="fix"), broken("fix", on_failure="last"), step("last")],
        {"a": "failed", "fix": "failed", "last": "succeeded"},
        ("succeeded", ""),
    ),
    "a handler that its if skips has handled nothing": (
        [broken("a", on_failure="fix"), step("fix", **{"if": False})],
        {"a": "failed", "fix": "skipped"},
        ("failed", "CONNECTOR_REFUSED"),
    ),
    "one handler for two": (
        [step("a", on_failure="fix"), broken("b", needs=[], on_failure="fix"), step("fix")],
        {"a": "succeeded", "b": "failed", "fix": "succeeded"},
        ("succeeded", ""),
    ),
    "branches meet": (
        [step("a"), step("b", needs=["a"]), step("c", needs=["a"], **{"if": False}), step("d", needs=["b", "c"])],
        {"a": "succeeded", "b": "succeeded", "c": "skipped", "d": "succeeded"},
        ("succeeded", ""),
    ),
    "fail says why": (
        [{"key": "a", "uses": "flow.fail", "with": {"message": "too little: {{ event.payload.n }}"}}],
        {"a": "failed"},
        ("failed", "FAILED_ON_PURPOSE"),
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graph(plane: Plane, name: str) -> None:
    steps, expected, end = GRAPHS[name]
    with connectors(Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish("one", steps)
        plane.send({"n": 7})
        plane.drain()
    assert states_of(plane) == expected
    assert plane.runs() == [end]


def test_handler_sees_the_error(plane: Plane) -> None:
    fix = step("fix", **{"with": {"output": "{{ steps.a.error.code }}"}})
    with connectors(Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish("one", [broken("a", on_failure="fix"), fix])
        plane.send({})
        plane.drain()
    assert plane.rows("SELECT output #>> '{}' FROM step_run WHERE key = 'fix'") == [("CONNECTOR_REFUSED",)]


def test_failed_run_tells_the_rules_and_no_loop_comes_of_it(plane: Plane) -> None:
    """A rule for everything does not see it; one that asks for the type does, and a workflow that fails on it ends."""
    plane.publish("fails", [{"key": "a", "uses": "flow.fail", "with": {"message": "no"}}], when=True)
    hears = {"==": [{"var": "type"}, "run.failed"]}
    plane.publish(
        "hears", [{"key": "a", "uses": "flow.fail", "with": {"message": "{{ event.payload.workflow }}"}}], when=hears
    )
    plane.send({})
    plane.drain()
    failures = plane.rows("SELECT depth, subject FROM event WHERE type = 'run.failed' ORDER BY depth")
    assert failures == [(1, "fails"), *((depth, "hears") for depth in range(2, 9))]
    messages = plane.rows("SELECT error ->> 'message' FROM step_run ORDER BY started_at")
    assert [message for (message,) in messages] == ["no", "fails", *["hears"] * 6]
    (reason,) = {
        reason
        for (reason,) in plane.rows(
            "SELECT d.reason FROM decision d JOIN event e ON e.id = d.event_id JOIN rule_spec r ON r.id = d.rule_id"
            " WHERE e.type = 'run.failed' AND r.slug = 'fails'"
        )
    }
    assert reason == naming("condition", "run.failed")


def test_emitted_event_starts_what_listens_once(plane: Plane) -> None:
    plane.publish(
        "tells",
        [
            {
                "key": "a",
                "uses": "flow.emit_event",
                "with": {"type": "order.charged", "payload": {"n": "{{ event.payload.n }}"}},
            }
        ],
        when={"==": [{"var": "type"}, "order.created"]},
    )
    plane.publish("hears", [step("a")], when={"==": [{"var": "payload.n"}, 7]})
    plane.send({"n": 7}, kind="order.created")
    plane.drain()
    assert plane.rows("SELECT type, depth, trace_id FROM event ORDER BY received_at") == [
        ("order.created", 0, plane.rows("SELECT trace_id FROM execution_run LIMIT 1")[0][0]),
        ("order.charged", 1, plane.rows("SELECT trace_id FROM execution_run LIMIT 1")[0][0]),
    ]
    assert plane.runs() == [("succeeded", "")] * 3
