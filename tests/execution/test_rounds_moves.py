"""Runs and steps make legal moves only: whatever happens to them, and whoever else has moved them meanwhile."""

from __future__ import annotations

import uuid
from itertools import product
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automate.kernel.tenancy import acting_for
from automate.outbox.jobs import ClaimedJob
from automate.runs import states, transitions
from automate.runs.advance import Advance, IllegalMoveError
from automate.runs.states import RUN_FINAL, RUN_MOVES, STEP_FINAL, STEP_MOVES
from automate.runs.step_call import StepResult
from automate.runs.step_state import LatestAttempt
from automate.runs.work import HeldRun
from tests.support.examples import examples
from tests.support.plane import Plane, Scripted, connectors, failing

HISTORIES = 40


def held(state: str) -> HeldRun:
    version: Any = type(
        "Version",
        (),
        {
            "workflow_id": uuid.UUID(int=1),
            "definition": type("D", (), {"timeout_seconds": 9.0}),
            "dependents": {"a": ()},
        },
    )
    job = ClaimedJob(uuid.UUID(int=2), uuid.UUID(int=3), 1, 1, 5, "")
    return HeldRun(uuid.UUID(int=3), uuid.UUID(int=3), state, "", version, job, {}, 9.0, 0.0, 1)


@pytest.mark.parametrize(("before", "after"), list(product(RUN_MOVES, RUN_MOVES)))
def test_run_moves_as_its_table_says(before: str, after: str) -> None:
    made = Advance(held(before))
    if after in RUN_MOVES[before] or after == before:
        made.move_run(after)
        assert (made.run.state, made.final) == (after, after in RUN_FINAL and after != before)
        assert bool(made.changes.run) == (after != before)
    else:
        with pytest.raises(IllegalMoveError):
            made.move_run(after)
        assert (made.run.state, made.changes.run, made.changes.log) == (before, None, [])


@pytest.mark.parametrize(("before", "after"), list(product(STEP_MOVES, STEP_MOVES)))
def test_step_moves_as_its_table_says(before: str, after: str) -> None:
    made, step = Advance(held("running")), LatestAttempt(uuid.UUID(int=4), "a", 1, before)
    if after in STEP_MOVES[before]:
        made.move_step(step, after)
        assert made.changes.steps[step.id].was == before
        assert step.state == after
    else:
        with pytest.raises(IllegalMoveError):
            made.move_step(step, after)
        assert (step.state, made.changes.steps, made.changes.log) == (before, {}, [])


def test_final_states_have_no_way_out() -> None:
    assert {state for state, nexts in RUN_MOVES.items() if not nexts} == RUN_FINAL
    assert {state for state, nexts in STEP_MOVES.items() if not nexts} == STEP_FINAL


@pytest.mark.parametrize("moved", ["execution_run", "step_run"])
def test_what_somebody_else_moved_is_stale(plane: Plane, moved: str) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            from automate.runs.matching import match_events

            (call,) = match_events(run_set, jobs)
        final = {"execution_run": "state = 'cancelled', finished_at = now()", "step_run": "state = 'cancelled'"}
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".{moved} SET {final[moved]}')
        before = plane.runs(), plane.steps(), plane.effects(), plane.log(), plane.jobs()
        with acting_for(plane.tenant), pytest.raises(transitions.StaleRunError):
            run_set.commit([run_set.settle(call.run, [StepResult(call, output={})])])
    assert (plane.runs(), plane.steps(), plane.effects(), plane.log(), plane.jobs()) == before


@pytest.mark.parametrize(
    "change",
    [
        "execution_run SET state = 'lost'",
        "execution_run SET state = 'succeeded', finished_at = NULL",
        "execution_run SET state = 'running'",
        "step_run SET state = 'lost'",
        "effect SET state = 'lost'",
    ],
)
def test_database_refuses_what_is_no_state(plane: Plane, change: str) -> None:
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({})
    plane.drain()
    with pytest.raises(psycopg.errors.CheckViolation):
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".{change}')


RETRY = {"max_attempts": 3, "initial_seconds": 1e-9, "factor": 1}
ACTS = {
    "ok": {},
    "later": failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=1e-9),
    "broken": failing("CONNECTOR_AUTH"),
    "silent": failing("CONNECTOR_TIMEOUT", retry_after_seconds=1e-9, arrived=True),
    "fault": ZeroDivisionError(),
    "too much": {"text": "\0"},
}


@settings(max_examples=examples(HISTORIES), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    effect=st.sampled_from(["keyed", "idempotent", "unsafe"]),
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from([None, None, False, {"throw": "x"}])), min_size=1, max_size=4
    ),
    acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=6),
    lost=st.lists(st.booleans(), max_size=6),
)
def test_no_history_leaves_the_tables(plane: Plane, effect: str, steps: Any, acts: list[str], lost: list[bool]) -> None:
    plane.root.empty_queue()
    scripted = Scripted(effect, acts=[ACTS[act] for act in acts])
    slug = f"flow-{uuid.uuid4().hex}"
    with connectors(scripted):
        definition = [
            {
                "key": f"s{n}",
                "uses": scripted.name,
                "retry": RETRY,
                **({"needs": []} if apart else {}),
                **({} if if_ is None else {"if": if_}),
            }
            for n, (apart, if_) in enumerate(steps)
        ]
        plane.publish(slug, definition, when={"==": [{"var": "type"}, slug]})
        plane.send({}, kind=slug)
        plane.work()
        for dies in lost:
            plane.root.pass_seconds(1)
            plane.start_and_die("run.advance") if dies else plane.work()
        for _ in range(10):
            plane.root.pass_seconds(1_000)
            plane.drain()
    check_history(plane, slug, effect)


def check_history(plane: Plane, slug: str, effect: str) -> None:
    ((run, state),) = plane.rows(
        "SELECT r.id, r.state FROM execution_run r JOIN workflow w ON w.id = r.workflow_id WHERE w.slug = %s", slug
    )
    log = plane.rows(
        "SELECT coalesce(step_id, run_id), step_id IS NULL, from_state, to_state FROM run_log WHERE run_id = %s ORDER BY id",
        run,
    )
    now: dict[Any, str] = {}
    for row_id, of_run, before, after in log:
        assert now.get(row_id, "") == before
        assert not before or after in (RUN_MOVES if of_run else STEP_MOVES)[before]
        now[row_id] = after
    assert now.pop(run) == state
    assert dict(plane.rows("SELECT id, state FROM step_run WHERE run_id = %s", run)) == now
    uncertain = states.UNCERTAIN in now.values()
    assert (state in RUN_FINAL) or (effect == "unsafe" and uncertain and state == states.WAITING)
    assert states.RUNNING not in now.values()
