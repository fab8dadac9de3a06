"""Many who decide at once, and decisions that are cut off: they come to one outcome, or to none."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from tests.support.approvals import ADA, APPROVED, REJECTED, ask, audited, decisions, now_of, output_of, person, say
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.racing import race


def test_sixteen_deciders_come_to_one_outcome(plane: Plane) -> None:
    """Half of them approve, half reject; whoever comes after the end is told so."""
    approval = ask(plane, quorum=3)
    outcomes = race(16, lambda n: say(plane, approval, person(f"p{n}"), APPROVED if n % 2 else REJECTED))
    made = decisions(plane)
    rejections = [outcome for _, outcome in made].count(REJECTED)
    if rejections:
        assert (rejections, made[-1][1]) == (1, REJECTED)
        assert len(made) <= 3
    else:
        assert len(made) == 3
    refused = [outcome for outcome in outcomes if isinstance(outcome, NormalizedError)]
    assert (len(refused), {error.code for error in refused}) == (16 - len(made), {"CONFLICT"})
    final = now_of(plane, approval).state
    assert final == ("rejected" if rejections else "approved")
    assert len(audited(plane)) == len(made)
    plane.drain()
    assert plane.runs()[0][0] == ("failed" if rejections else "succeeded")


def test_sixteen_approvals_make_exactly_the_quorum(plane: Plane) -> None:
    approval = ask(plane, quorum=5)
    race(16, lambda n: say(plane, approval, person(f"p{n}")))
    assert len(decisions(plane)) == 5
    plane.drain()
    assert len(output_of(plane, approval.id)["decisions"]) == 5


def test_sixteen_requests_of_one_person_are_one_decision(plane: Plane) -> None:
    approval = ask(plane, quorum=2)
    outcomes = race(16, lambda n: say(plane, approval, ADA))
    assert sum(isinstance(outcome, NormalizedError) for outcome in outcomes) == 15
    assert decisions(plane) == [("ada@example.com", "approved")]


def test_decisions_and_the_end_of_time_come_to_one_outcome(plane: Plane) -> None:
    """The step's time ends while people decide: what the run does is what they were told."""
    for round_ in range(6):
        approval = ask(plane, slug=f"race-{round_}", expires_seconds=60, after=False)
        plane.pass_seconds(61)
        plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".approval SET expires_at = now() + interval '1 hour'")
        outcomes = race(3, lambda n: plane.work() if n == 0 else say(plane, approval, person(f"p{n}")))  # noqa: B023
        plane.drain()
        won = [outcome for outcome in outcomes[1:] if not isinstance(outcome, NormalizedError)]
        assert {error.code for error in outcomes[1:] if isinstance(error, NormalizedError)} <= {"CONFLICT"}, outcomes
        ((state,),) = plane.rows("SELECT state FROM step_run WHERE id = %s", approval.id)
        assert state == ("succeeded" if won else "failed")
        assert now_of(plane, approval).state == ("approved" if won else "expired")


def test_decision_that_does_not_commit_has_decided_nothing(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.approvals import services

    approval = ask(plane)

    def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services.audit, "record", crash)
    with pytest.raises(ZeroDivisionError):
        say(plane, approval, ADA)
    plane.drain()
    assert (decisions(plane), now_of(plane, approval).state) == ([], "pending")
    assert plane.runs() == [("waiting", naming("step ok"))]


def test_decision_needs_no_hint_to_be_heard(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies after the commit, before it wakes the relay, has lost nothing: the job is due."""
    from automate.approvals import services

    approval = ask(plane)
    monkeypatch.setattr(services, "wake_relay", lambda: None)
    say(plane, approval, ADA)
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
