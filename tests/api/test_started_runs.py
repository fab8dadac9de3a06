"""A run that a step started names the run of that step, and the step names the run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api

RUNS = """{ runs(first: 10) { edges { node { id workflow { slug } parent { id } retryOf { id }
  steps(first: 5) { key childRun { id } } } } } }"""
RETRY = "mutation($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code } } }"
NEVER = {"==": [{"var": "type"}, "nothing"]}
FAILS = [{"key": "a", "uses": "flow.fail", "with": {"message": "no"}}]


def told(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Runs by the slug of their workflow, newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for edge in api.data(RUNS)["runs"]["edges"]:
        found.setdefault(edge["node"]["workflow"]["slug"], []).append(edge["node"])
    return found


@pytest.mark.parametrize("wait", [True, False])
def test_run_names_its_parent_and_the_step_its_run(api: Api, plane: Any, *, wait: bool) -> None:
    plane.publish("child", FAILS, when=NEVER)
    call = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "wait": wait}}
    plane.publish("parent", [call, {"key": "other", "uses": "flow.transform", "needs": [], "with": {"output": 1}}])
    plane.send({})
    plane.drain()
    (parent,), (child,) = told(api)["parent"], told(api)["child"]
    assert (parent["parent"], child["parent"]) == (None, {"id": parent["id"]})
    assert {step["key"]: step["childRun"] for step in parent["steps"]} == {"call": {"id": child["id"]}, "other": None}

    retry = {"runs": [child["id"]], "from": "START"}
    assert api.data(RETRY, input=retry)["retryRuns"]["errors"] == []
    plane.drain()
    newest, _ = told(api)["child"]
    assert (newest["retryOf"], newest["parent"]) == ({"id": child["id"]}, {"id": parent["id"]})
    (parent,) = told(api)["parent"]
    assert next(step for step in parent["steps"] if step["key"] == "call")["childRun"] == {"id": newest["id"]}


def test_run_of_an_event_has_no_parent(api: Api, plane: Any) -> None:
    """An event that a step emits starts a run of its own, whatever its type is called."""
    emit = {"key": "tell", "uses": "flow.emit_event", "with": {"type": "run.called", "payload": {}}}
    plane.publish("teller", [emit], when={"==": [{"var": "type"}, "order.created"]})
    plane.publish("heard", FAILS, when={"==": [{"var": "type"}, "run.called"]})
    plane.send({})
    plane.drain()
    assert [run["parent"] for runs in told(api).values() for run in runs] == [None, None]
