"""A run that somebody pauses while it waits for its turn keeps it: no pause is a way past those that came earlier."""

from __future__ import annotations

import uuid

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery import holds
from automate.recovery.controlling import cancel_runs, pause_runs, resume_runs
from automate.runs.windows import transitions
from tests.execution.test_rule_throttle import SIX_A_MINUTE, begun, waiting
from tests.support.plane import Plane
from tests.support.windows import NOTE, come, pass_until


def four_come(plane: Plane) -> list[uuid.UUID]:
    """The first begins, the others wait for the seconds 10, 20 and 30. Their ids."""
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(4)))
    return [row[0] for row in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def pause(plane: Plane, *runs: uuid.UUID) -> None:
    with acting_for(plane.tenant):
        assert pause_runs(runs, "x").errors == []


def resume(plane: Plane, *runs: uuid.UUID) -> None:
    with acting_for(plane.tenant):
        assert resume_runs(runs, "x").errors == []
    plane.drain()


def test_resumed_run_waits_for_its_turn(plane: Plane) -> None:
    runs = four_come(plane)
    pause(plane, runs[3])
    assert [state for state, _ in plane.runs()] == ["succeeded", "queued", "queued", "paused"]
    resume(plane, runs[3])
    assert begun(plane) == ["0"]
    assert [state for state, _ in plane.runs()] == ["succeeded", *["queued"] * 3]
    for at, expected in ((10, 2), (20, 3), (29, 3), (30, 4)):
        pass_until(plane, at)
        assert begun(plane) == [str(n) for n in range(expected)], at


def test_turn_goes_by_while_a_run_is_paused_and_it_begins_once_resumed(plane: Plane) -> None:
    runs = four_come(plane)
    pause(plane, runs[1])
    pass_until(plane, 10)
    assert begun(plane) == ["0"]
    pass_until(plane, 20)
    assert begun(plane) == ["0", "2"]
    assert [state for state, _ in plane.runs()] == ["succeeded", "paused", "succeeded", "queued"]
    resume(plane, runs[1])
    assert begun(plane) == ["0", "2", "1"]
    pass_until(plane, 30)
    assert begun(plane) == ["0", "2", "1", "3"]
    assert waiting(plane) == [0]


def test_run_keeps_its_turn_through_a_pause_of_its_workflow_too(plane: Plane) -> None:
    runs = four_come(plane)
    pause(plane, runs[2])
    with acting_for(plane.tenant):
        holds.pause_workflow("one", "x")
    resume(plane, runs[2])
    assert [state for state, _ in plane.runs()] == ["succeeded", "queued", "paused", "queued"]
    with acting_for(plane.tenant):
        holds.resume_workflow("one")
    plane.drain()
    assert begun(plane) == ["0"]
    for at, expected in ((10, 2), (20, 3), (30, 4)):
        pass_until(plane, at)
        assert begun(plane) == [str(n) for n in range(expected)], at


def test_run_that_is_cancelled_while_it_is_paused_gives_its_turn_to_the_next(plane: Plane) -> None:
    runs = four_come(plane)
    pause(plane, runs[1])
    with acting_for(plane.tenant):
        cancel_runs([runs[1]], "x")
    pass_until(plane, 10)
    assert begun(plane) == ["0", "2"]


def test_twin_that_forgets_the_queue_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "in_turn", lambda runs: set())
    with pytest.raises(AssertionError):
        test_resumed_run_waits_for_its_turn(plane)
