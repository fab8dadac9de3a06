"""An approval ends once: its row, its step and its AuditEntry say the same, and the database refuses the rest."""

from __future__ import annotations

from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import control, states
from automate.runs import transitions as runs
from automate.runs.approvals import transitions
from automate.runs.approvals.queries import ApprovalRow
from tests.support.approvals import ADA, APPROVED, REJECTED, approvals, ask, audited, decisions, now_of, say
from tests.support.plane import Plane


def stored(plane: Plane) -> list[tuple[str, bool]]:
    """State, and whether it has ended."""
    return plane.rows("SELECT state, ended_at IS NOT NULL FROM approval ORDER BY step_id")


def pass_time(plane: Plane, seconds: float, approval: ApprovalRow) -> None:
    plane.pass_seconds(seconds)
    back = f"make_interval(secs => {seconds})"
    schema = plane.tenant.schema
    plane.root.execute(f'UPDATE "{schema}".approval SET expires_at = expires_at - {back}, ended_at = ended_at - {back}')
    plane.root.execute(f'UPDATE "{schema}".step_run SET due_at = due_at - {back} WHERE id = %s', approval.id)
    # A record, whose trigger nobody but a replica passes by.
    plane.root.execute("SET session_replication_role = replica")
    plane.root.execute(f'UPDATE "{schema}".approval_decision SET at = at - {back}')
    plane.root.execute("SET session_replication_role = origin")


@pytest.mark.parametrize(("on_expiry", "outcome"), [("rejected", "rejected"), ("approved", "approved")])
def test_expiry_is_audited_as_the_systems(plane: Plane, on_expiry: str, outcome: str) -> None:
    approval = ask(plane, on_expiry=on_expiry, expires_seconds=60)
    pass_time(plane, 61, approval)
    assert (stored(plane), audited(plane, "approval.expire")) == ([("pending", False)], [])
    plane.drain()
    assert stored(plane) == [("expired", True)]
    changes = {
        "outcome": [None, outcome],
        "shown_sha256": [None, approval.shown_sha256],
        "state": ["pending", "expired"],
    }
    assert audited(plane, "approval.expire") == [("automate", changes)]
    assert plane.rows("SELECT actor_kind, object_id, trace_id FROM audit_entry WHERE action = 'approval.expire'") == [
        ("system", str(approval.id), plane.rows("SELECT trace_id FROM execution_run")[0][0])
    ]


def test_expiry_that_does_not_commit_has_ended_nothing(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step, the approval and the AuditEntry are one transaction."""
    approval = ask(plane, expires_seconds=60)
    pass_time(plane, 61, approval)

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record_all", crash)
        plane.work()
    assert stored(plane) == [("pending", False)]
    assert plane.steps()[0][2] == "waiting"
    pass_time(plane, 61, approval)
    plane.drain()
    assert stored(plane) == [("expired", True)]
    assert len(audited(plane, "approval.expire")) == 1


@pytest.mark.parametrize("outcome", [APPROVED, REJECTED])
def test_decided_approval_does_not_expire(plane: Plane, outcome: str) -> None:
    approval = ask(plane, expires_seconds=60)
    say(plane, approval, ADA, outcome)
    pass_time(plane, 61, approval)
    plane.drain()
    assert stored(plane) == [(outcome, True)]
    assert audited(plane, "approval.expire") == []


def test_cancelled_run_ends_its_approvals(plane: Plane) -> None:
    ask(plane)
    with acting_for(plane.tenant), in_transaction():
        control.cancel([run_id for (run_id,) in plane.rows("SELECT id FROM execution_run")], "no longer wanted")
    assert stored(plane) == [("pending", False)]
    plane.drain()
    assert (stored(plane), audited(plane, "approval.expire")) == ([("cancelled", True)], [])


def test_run_whose_job_died_ends_its_approvals(plane: Plane) -> None:
    approval = ask(plane)
    with acting_for(plane.tenant), in_transaction():
        runs.fail_runs([approval.run_id], NormalizedError("POISON_JOB", "It lost its workers."))
    assert stored(plane) == [("cancelled", True)]


def test_no_statement_leaves_a_final_state(plane: Plane) -> None:
    approval = ask(plane)
    for state, to in product(states.APPROVAL_MOVES, states.APPROVAL_MOVES.keys() - {states.PENDING}):
        plane.root.execute(
            f'UPDATE "{plane.tenant.schema}".approval SET state = %s, ended_at = CASE WHEN %s THEN now() END',
            state,
            state != states.PENDING,
        )
        legal = to in states.APPROVAL_MOVES[state]
        with acting_for(plane.tenant), in_transaction():
            moved = [(one.id, one.state) for one in transitions.end({approval.id: to})]
        assert moved == ([(approval.id, to)] if legal else []), (state, to)
        assert stored(plane)[0][0] == (to if legal else state)


@pytest.mark.parametrize(
    ("state", "ended"), [("pending", "now()"), ("expired", "NULL"), ("approved", "NULL"), ("asleep", "now()")]
)
def test_database_refuses_what_is_no_state(plane: Plane, state: str, ended: str) -> None:
    ask(plane)
    with pytest.raises(psycopg.errors.CheckViolation):
        plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".approval SET state = '{state}', ended_at = {ended}")


@pytest.mark.parametrize("decided", [True, False])
def test_approval_is_forgotten_some_time_after_its_end(plane: Plane, decided: bool) -> None:  # noqa: FBT001
    approval = ask(plane, expires_seconds=60)
    if decided:
        say(plane, approval, ADA)
    else:
        pass_time(plane, 61, approval)
    plane.drain()
    pass_time(plane, transitions.KEPT_SECONDS - 60, approval)
    second = ask(plane, slug="second")
    assert now_of(plane, approval).state == ("approved" if decided else "expired")
    pass_time(plane, 120, approval)
    third = ask(plane, slug="third")
    assert {one.id for one in approvals(plane)} == {second.id, third.id}
    assert len(audited(plane)) + len(audited(plane, "approval.expire")) == 1
    assert decisions(plane) == []


def test_decision_is_forgotten_with_its_approval_alone(plane: Plane) -> None:
    first, second = ask(plane), ask(plane, slug="second")
    for approval in (first, second):
        say(plane, approval, ADA)
    plane.drain()
    pass_time(plane, transitions.KEPT_SECONDS - 2 * 86_400, first)
    say(plane, third := ask(plane, slug="third"), ADA)
    plane.root.execute(f'DELETE FROM "{plane.tenant.schema}".approval WHERE step_id <> %s', second.id)
    everything = [first.id, second.id, third.id]
    with acting_for(plane.tenant):
        assert [transitions.forget_decisions(everything) for _ in range(2)] == [0, 0]
    pass_time(plane, 90_000, first)
    with acting_for(plane.tenant):
        assert [transitions.forget_decisions(everything) for _ in range(2)] == [1, 0]
    assert {row[0] for row in plane.rows("SELECT approval_id FROM approval_decision")} == {second.id, third.id}


@pytest.mark.parametrize("days", [0, 400])
def test_database_keeps_what_is_not_to_be_forgotten(plane: Plane, days: int) -> None:
    """What was decided lately, and what was decided of an approval that can still be looked at."""
    approval = ask(plane)
    say(plane, approval, ADA)
    pass_time(plane, days * 86_400, approval)
    if not days:
        plane.root.execute(f'DELETE FROM "{plane.tenant.schema}".approval')
    with acting_for(plane.tenant), in_transaction():
        fetch("SELECT set_config('automate.retention', 'on', true)")
        with pytest.raises(DatabaseError, match=r"DELETE on .*approval_decision is refused: its rows are immutable"):
            execute("DELETE FROM approval_decision")
    assert len(decisions(plane)) == 1
