"""Runs that steps start: awaited or not, pinned, bounded in depth, and cancelled with whom they are for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import RUN_ADVANCE
from automate.runs import control
from tests.support.facts import Naming, naming
from tests.support.plane import Plane, Scripted, connectors

CREATED = {"==": [{"var": "type"}, "order.created"]}
NEVER = {"==": [{"var": "type"}, "nothing"]}
TWICE = {"key": "twice", "uses": "flow.transform", "with": {"output": "{{ event.payload.n }}"}}


def call(workflow: str = "child", **given: Any) -> dict[str, Any]:
    return {
        "key": "call",
        "uses": "flow.run_workflow",
        "with": {"workflow": workflow, "payload": {"n": "{{ event.payload.n }}"}, **given},
    }


def by_workflow(plane: Plane) -> dict[str, tuple[str, str]]:
    rows = plane.rows(
        "SELECT w.slug, r.state, coalesce(r.error ->> 'code', '') FROM execution_run r JOIN workflow w ON w.id = r.workflow_id"
    )
    return {slug: (state, code) for slug, state, code in rows}


def output(plane: Plane) -> Any:
    ((text,),) = plane.rows("SELECT output::text FROM step_run WHERE key = 'call'")
    return None if text is None else orjson.loads(text)


def test_awaited_run_gives_its_outputs(plane: Plane) -> None:
    plane.publish("child", [TWICE], when=NEVER)
    plane.publish("parent", [call()], when=CREATED)
    plane.send({"n": 7})
    plane.drain()
    assert by_workflow(plane) == {"parent": ("succeeded", ""), "child": ("succeeded", "")}
    ((child, depth, trace),) = plane.rows(
        "SELECT id, depth, trace_id FROM execution_run WHERE parent_step_id IS NOT NULL"
    )
    assert output(plane) == {"run": str(child), "state": "succeeded", "outputs": {"twice": 7}}
    assert depth == 2
    assert plane.rows("SELECT DISTINCT trace_id FROM execution_run") == [(trace,)]


def test_run_that_is_not_awaited_goes_its_own_way(plane: Plane) -> None:
    plane.publish("child", [{"key": "a", "uses": "flow.fail", "with": {"message": "no"}}], when=NEVER)
    plane.publish("parent", [call(wait=False)], when=CREATED)
    plane.send({"n": 7})
    plane.drain()
    assert by_workflow(plane) == {"parent": ("succeeded", ""), "child": ("failed", "FAILED_ON_PURPOSE")}
    assert output(plane)["state"] == "queued"


def test_awaited_run_that_fails_fails_its_step(plane: Plane) -> None:
    plane.publish("child", [{"key": "a", "uses": "flow.fail", "with": {"message": "no such order"}}], when=NEVER)
    plane.publish(
        "parent",
        [
            {**call(), "on_failure": "fix"},
            {"key": "fix", "uses": "flow.transform", "with": {"output": "{{ steps.call.error.message }}"}},
        ],
        when=CREATED,
    )
    plane.send({"n": 7})
    plane.drain()
    assert by_workflow(plane) == {"parent": ("succeeded", ""), "child": ("failed", "FAILED_ON_PURPOSE")}
    ((said,),) = plane.rows("SELECT output #>> '{}' FROM step_run WHERE key = 'fix'")
    assert "no such order" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"workflow": "nobody"}, naming("nobody")),
        ({"workflow": "draft"}, naming("draft", "version")),
        ({"workflow": "off"}, naming("off")),
        ({"workflow": "child", "version": 9}, naming("version 9")),
    ],
)
def test_run_that_cannot_be_started_says_why(plane: Plane, given: Any, words: Naming) -> None:
    plane.publish("child", [TWICE], when=NEVER)
    plane.publish("draft", [TWICE], when=NEVER, published=False)
    plane.publish("off", [TWICE], when=NEVER, enabled=False)
    plane.publish("parent", [call(**given)], when=CREATED)
    plane.send({"n": 7})
    plane.drain()
    ((code, message),) = plane.rows("SELECT error ->> 'code', error ->> 'message' FROM step_run WHERE key = 'call'")
    assert (code, message == words) == ("CHILD_RUN_FAILED", True)
    assert by_workflow(plane)["parent"] == ("failed", "CHILD_RUN_FAILED")


def test_workflow_that_runs_itself_is_cut(plane: Plane) -> None:
    plane.publish("parent", [call("parent")], when=CREATED)
    plane.send({"n": 7})
    plane.drain()
    runs = plane.rows("SELECT depth, state FROM execution_run ORDER BY depth")
    assert runs == [(depth, "failed") for depth in range(1, 9)]
    ((message,),) = plane.rows(
        "SELECT s.error ->> 'message' FROM step_run s JOIN execution_run r ON r.id = s.run_id WHERE r.depth = 8"
    )
    assert "causation_depth" in message


def test_cancel_reaches_the_runs_that_are_awaited(plane: Plane) -> None:
    plane.publish("child", [{"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}], when=NEVER)
    plane.publish("parent", [call()], when=CREATED)
    plane.send({"n": 7})
    plane.drain()
    ((parent,),) = plane.rows("SELECT id FROM execution_run WHERE parent_step_id IS NULL")
    with acting_for(plane.tenant), in_transaction():
        control.cancel([parent], "wrong customer")
    plane.drain()
    assert by_workflow(plane) == {"parent": ("cancelled", ""), "child": ("cancelled", "")}


def test_child_that_is_given_up_tells_who_awaits_it(plane: Plane) -> None:
    plane.publish("child", [{"key": "a", "uses": "test.scripted"}], when=NEVER)
    plane.publish("parent", [call()], when=CREATED)
    with connectors(Scripted()):
        plane.send({"n": 7})
        plane.work()
        for _ in range(5):
            plane.start_and_die(RUN_ADVANCE)
        plane.drain()
    assert by_workflow(plane) == {"parent": ("failed", "CHILD_RUN_FAILED"), "child": ("failed", "POISON_JOB")}


def test_crash_between_start_and_end_starts_no_second_child(plane: Plane) -> None:
    plane.publish("child", [{"key": "a", "uses": "test.scripted"}], when=NEVER)
    plane.publish("parent", [call()], when=CREATED)
    with connectors(Scripted()):
        plane.send({"n": 7})
        plane.work()
        plane.start_and_die(RUN_ADVANCE)
        plane.drain()
    assert plane.rows("SELECT count(*) FROM execution_run") == [(2,)]
    assert by_workflow(plane) == {"parent": ("succeeded", ""), "child": ("succeeded", "")}
