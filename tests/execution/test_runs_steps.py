"""A run from its event to its end: which steps start, which are skipped, and what stands in the ledger."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from automate.kernel.json_values import as_text
from tests.support.plane import Plane, Scripted, connectors, failing

STEP: dict[str, Any] = {"uses": "test.scripted"}


def keys_called(connector: Scripted) -> list[str]:
    return [as_text(call.input["key"]) for call in connector.calls]


def step(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, **STEP, "with": {"key": key}, **more}


def test_one_step_runs_to_its_end(plane: Plane) -> None:
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "n is {{ event.payload.n }}"}}])
    plane.send({"n": 42})
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert plane.steps() == [("note", 1, "succeeded", "")]
    assert plane.effects() == [("note", "confirmed", 1)]
    assert plane.jobs() == [("done", 1, 1), ("done", 1, 1)]
    assert plane.log() == [
        ("", "", "queued"), ("", "queued", "running"), ("note", "", "running"),
        ("note", "running", "succeeded"), ("", "running", "succeeded"),
    ]  # fmt: skip
    assert plane.rows("SELECT output FROM step_run") == [('{"level": "info", "message": "n is 42"}',)]


def test_steps_follow_the_one_above(plane: Plane) -> None:
    scripted = Scripted(acts=({"n": 1}, {"n": 2}, {"n": 3}))
    plane.publish("three", [step("a"), step("b", **{"with": {"key": "b", "was": "{{ steps.a.output.n }}"}}), step("c")])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert keys_called(scripted) == ["a", "b", "c"]
    assert scripted.calls[1].input == {"key": "b", "was": 1}
    assert [row[2] for row in plane.steps()] == ["succeeded"] * 3
    assert len({call.idempotency_key for call in scripted.calls}) == 3
    assert plane.runs() == [("succeeded", "")]


def test_steps_without_needs_start_together(plane: Plane) -> None:
    both = asyncio.Event()
    met = []

    async def meet() -> Any:
        met.append(1)
        if len(met) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 10)
        return {}

    scripted = Scripted(acts=(lambda _: meet(),), inline=False)
    plane.publish("both", [step("a"), step("b", needs=[]), step("c", needs=["a", "b"])][:2])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_step_waits_for_all_of_its_needs(plane: Plane) -> None:
    scripted = Scripted()
    plane.publish("join", [step("c", needs=["a", "b"]), step("a", needs=[]), step("b", needs=["a"])])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert keys_called(scripted) == ["a", "b", "c"]


@pytest.mark.parametrize(("amount", "expected"), [(150, ["charge", "tell", "end"]), (50, ["charge", "end"])])
def test_step_is_skipped_where_its_if_is_false(plane: Plane, amount: int, expected: list[str]) -> None:
    scripted = Scripted(acts=({"amount": amount},))
    condition = {">": [{"var": "steps.charge.output.amount"}, 100]}
    plane.publish("choose", [step("charge"), step("tell", **{"if": condition}), step("end")])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert keys_called(scripted) == expected
    told = "succeeded" if amount == 150 else "skipped"
    assert sorted(row[::2] for row in plane.steps()) == [("charge", "succeeded"), ("end", "succeeded"), ("tell", told)]
    assert len(plane.effects()) == len(expected)
    assert plane.runs() == [("succeeded", "")]


def test_run_of_skipped_steps_succeeds(plane: Plane) -> None:
    plane.publish("nothing", [step("a", **{"if": False}), step("b", **{"if": False})])
    with connectors(Scripted()):
        plane.send({})
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert [row[2] for row in plane.steps()] == ["skipped", "skipped"]
    assert plane.effects() == []


def test_if_that_errs_fails_its_step(plane: Plane) -> None:
    scripted = Scripted()
    plane.publish("odd", [step("a"), step("b", **{"if": {"throw": "odd"}}), step("c")])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert keys_called(scripted) == ["a"]
    assert plane.steps() == [("a", 1, "succeeded", ""), ("b", 1, "failed", "INVALID_RULE")]
    assert plane.runs() == [("failed", "INVALID_RULE")]


def test_template_that_fails_on_the_data_fails_its_step(plane: Plane) -> None:
    scripted = Scripted()
    broken = step("b", **{"with": {"key": "b", "text": "for {{ event.payload.name }}!"}})
    plane.publish("odd", [step("a"), broken, step("c")])
    with connectors(scripted):
        plane.send({"name": None})
        plane.drain()
    assert keys_called(scripted) == ["a"]
    assert plane.steps() == [("a", 1, "succeeded", ""), ("b", 1, "failed", "INVALID_TEMPLATE")]
    assert plane.effects() == [("a", "confirmed", 1)]
    assert plane.runs() == [("failed", "INVALID_TEMPLATE")]


def test_failed_step_lets_its_parallel_end(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_AUTH"), {}))
    plane.publish("both", [step("a"), step("b", needs=[]), step("c", needs=["b"])])
    with connectors(scripted):
        plane.send({})
        plane.drain()
    assert keys_called(scripted) == ["a", "b"]
    assert sorted(row[::2] for row in plane.steps()) == [("a", "failed"), ("b", "succeeded")]
    assert plane.runs() == [("failed", "CONNECTOR_AUTH")]


def test_runs_of_a_set_share_their_commits_and_not_their_fate(plane: Plane) -> None:
    plane.publish("some", [{"key": "note", "uses": "log.write", "with": {"message": "{{ event.payload.text }}"}}])
    plane.send(*({"text": "x" if number != 3 else 3} for number in range(8)))
    plane.drain()
    assert sorted(plane.runs()) == [("failed", "BAD_USER_INPUT")] + [("succeeded", "")] * 7


def test_final_run_never_changes(plane: Plane) -> None:
    plane.publish("one", [step("a")])
    with connectors(Scripted()):
        plane.send({})
        plane.drain()
        before = plane.rows("SELECT * FROM execution_run") + plane.rows("SELECT * FROM step_run")
        plane.root.execute("UPDATE public.outbox_job SET state = 'pending', open = true WHERE topic = 'run.advance'")
        plane.drain()
    assert plane.rows("SELECT * FROM execution_run") + plane.rows("SELECT * FROM step_run") == before
    assert [row[0] for row in plane.jobs()] == ["done", "done"]
