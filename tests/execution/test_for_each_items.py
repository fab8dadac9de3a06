"""A call for each item of a list: what comes of it, in order, and how many are under way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.plane import Plane, Scripted, connectors


def each(**given: Any) -> dict[str, Any]:
    return {"key": "each", "uses": "flow.for_each", "with": {"items": "{{ event.payload.rows }}", **given}}


def output(plane: Plane) -> Any:
    ((text,),) = plane.rows("SELECT output::text FROM step_run WHERE key = 'each' AND item = -1")
    return json.loads(text)


def test_results_stand_in_the_order_of_the_list(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: {"got": call.input},))
    with connectors(scripted):
        plane.publish(
            "one",
            [
                each(
                    step={"uses": scripted.name, "with": {"n": "{{ item.value }}", "at": "{{ item.index }}"}},
                    parallel=2,
                )
            ],
        )
        plane.send({"rows": ["a", "b", "c"]})
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert output(plane) == {
        "items": [
            {"state": "succeeded", "output": {"got": {"n": n, "at": at}}, "error": None} for at, n in enumerate("abc")
        ],
        "succeeded": 3,
        "failed": 0,
    }
