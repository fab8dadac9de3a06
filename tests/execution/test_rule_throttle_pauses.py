"""A pause stops the queue of a throttle as it stands: what waits keeps its place, and goes on at the pace of its rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery import holds
from automate.runs.windows import transitions
from tests.execution.test_rule_throttle import SIX_A_MINUTE, begun, waiting
from tests.support.plane import Plane
from tests.support.windows import NOTE, TIMERS, come, pass_until, ring

Act = Callable[[], object]
HOLDS: dict[str, tuple[Act, Act]] = {
    "workflow": (lambda: holds.pause_workflow("one", "x"), lambda: holds.resume_workflow("one")),
    "rule": (lambda: holds.pause_rule("one", "x"), lambda: holds.resume_rule("one")),
}


def act(plane: Plane, verb: Act) -> None:
    with acting_for(plane.tenant):
        verb()


def paused_for_ten_minutes(plane: Plane, held: str) -> None:
    """Three wait when the pause begins, and one comes meanwhile."""
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(4)))
    act(plane, HOLDS[held][0])
    come(plane, 5, {"n": 4, "customer": "acme"})
    pass_until(plane, 600)
    assert begun(plane) == ["0"]


@pytest.mark.parametrize("held", HOLDS)
def test_queue_stands_still_and_goes_on_at_its_pace(plane: Plane, held: str) -> None:
    paused_for_ten_minutes(plane, held)
    assert plane.root.rows(f"SELECT parked FROM public.outbox_job WHERE {TIMERS}") == [(f"throttle {held}",)]
    assert [state for state, _ in plane.runs()] == ["succeeded", *["queued"] * 4]
    assert waiting(plane) == [4]
    act(plane, HOLDS[held][1])
    ring(plane, 601)
    assert begun(plane) == ["0", "1"]
    for at, expected in ((609, 2), (610, 3), (619, 3), (620, 4), (630, 5)):
        pass_until(plane, at)
        assert begun(plane) == [str(n) for n in range(expected)], at
    assert waiting(plane) == [0]


@pytest.mark.parametrize("held", HOLDS)
def test_what_comes_during_the_pause_queues_too(plane: Plane, held: str) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    act(plane, HOLDS[held][0])
    for n in range(3):
        come(plane, 60 * n, {"n": n, "customer": "acme"})
    assert begun(plane) == []
    act(plane, HOLDS[held][1])
    ring(plane, 600)
    assert begun(plane) == ["0"]
    pass_until(plane, 620)
    assert begun(plane) == ["0", "1", "2"]


def test_queue_goes_on_once_nothing_of_both_is_paused(plane: Plane) -> None:
    paused_for_ten_minutes(plane, "workflow")
    act(plane, HOLDS["rule"][0])
    act(plane, HOLDS["workflow"][1])
    ring(plane, 700)
    assert begun(plane) == ["0"]
    act(plane, HOLDS["rule"][1])
    ring(plane, 701)
    assert begun(plane) == ["0", "1"]


def test_queue_of_another_rule_goes_on(plane: Plane) -> None:
    paused_for_ten_minutes(plane, "workflow")
    plane.publish("two", NOTE, options=SIX_A_MINUTE)
    plane.rows("UPDATE rule_spec SET enabled = false WHERE slug = 'one' RETURNING id")
    come(plane, 600, *({"n": n, "customer": "acme"} for n in range(10, 12)))
    pass_until(plane, 610)
    assert begun(plane) == ["0", "10", "11"]


@pytest.mark.parametrize("held", HOLDS)
def test_twin_that_does_not_ask_is_found_out(plane: Plane, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "fronts", lambda windows: {})
    with pytest.raises(AssertionError):
        test_queue_stands_still_and_goes_on_at_its_pace(plane, held)
