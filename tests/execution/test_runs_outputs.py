"""Outputs and errors that cannot be kept: the run says so, the worker goes on, and nothing is repeated for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from tests.support.plane import Plane, Scripted, connectors

MIB = 1_048_576


def one(plane: Plane, act: Any, **step: Any) -> Scripted:
    scripted = Scripted(acts=(act,))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, **step}])
        plane.send({})
        plane.drain()
    return scripted


@pytest.mark.parametrize(
    "output",
    [
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"\0": 1},
        {"number": 10**308},
        {"number": float("nan")},
        {"number": float("inf")},
        {"text": "x" * MIB},
        {"bytes": b"x"},
        {1: "a key that is a number"},
        pytest.param([[]] * MIB, marks=pytest.mark.slow),
    ],
    ids=["nul", "surrogate", "nul key", "digits", "nan", "inf", "large", "bytes", "number key", "many"],
)
def test_output_that_cannot_be_kept_fails_the_step_once(plane: Plane, output: Any) -> None:
    scripted = one(plane, output)
    assert len(scripted.calls) == 1
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert plane.effects() == [("a", "confirmed", 1)], "the call was made, whatever became of its output"
    assert plane.rows("SELECT response_sha256 FROM effect") == [("",)], "what was not kept has no digest"
    assert plane.jobs()[1] == ("done", 1, 1)


@pytest.mark.parametrize(
    "output",
    [{"text": "x" * (MIB - 20)}, {"number": 10**307}, {"number": -(10**307)}, {"text": "é\u2028😀"}, [1.5, -0.25]],
    ids=["largest", "digits", "negative", "unicode", "floats"],
)
def test_output_at_the_limits_is_kept_exactly(plane: Plane, output: Any) -> None:
    one(plane, output)
    assert plane.runs() == [("succeeded", "")]
    ((stored,),) = plane.rows("SELECT output::text FROM step_run")
    assert json.loads(stored) == output


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(("levels", "state"), [(64, "succeeded"), (71, "succeeded"), (72, "failed")])
def test_answer_of_64_levels_is_kept_whatever_stands_around_it(plane: Plane, levels: int, state: str) -> None:
    one(plane, {"json": nested(levels)})
    assert plane.runs()[0][0] == state


def test_answer_of_64_levels_is_kept_as_an_items(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({"json": nested(64)},))):
        each = {"items": [1], "step": {"uses": scripted.name, "with": {}}}
        plane.publish("each", [{"key": "a", "uses": "flow.for_each", "with": each}])
        plane.send({})
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_error_that_cannot_be_kept_keeps_its_code(plane: Plane) -> None:
    scripted = one(plane, ConnectorError("CONNECTOR_REFUSED", "a\0b", details={"body": "\ud800"}))
    assert len(scripted.calls) == 1
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]
    assert plane.jobs()[1] == ("done", 1, 1)


def test_fault_of_a_connector_is_retried_as_uncertain(plane: Plane) -> None:
    scripted = one(plane, ZeroDivisionError("a bug"), retry={"max_attempts": 2, "initial_seconds": 1e-9})
    plane.root.pass_seconds(1)
    with connectors(scripted):
        plane.drain()
    assert len(scripted.calls) == 2
    assert plane.steps() == [("a", 1, "retrying", "INTERNAL"), ("a", 2, "failed", "INTERNAL")]
    assert plane.effects() == [("a", "uncertain", 2)]


def test_words_of_a_fault_stay_in_the_log(plane: Plane) -> None:
    one(plane, ZeroDivisionError("internals"), retry={"max_attempts": 1})
    assert "internals" not in json.dumps(plane.rows("SELECT error FROM execution_run"))
