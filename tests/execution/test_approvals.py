"""A step that waits for people: who may decide, how often, and what their decisions come to."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from automate.kernel.problems import problems_of
from automate.kernel.tenancy import acting_for
from tests.support.approvals import (
    ADA,
    BOB,
    EVE,
    FORM,
    REJECTED,
    approvals,
    ask,
    audited,
    decisions,
    now_of,
    output_of,
    pass_time,
    person,
    refusal,
    say,
)
from tests.support.facts import naming
from tests.support.plane import Plane, counting


def test_run_waits_and_no_worker_is_held(plane: Plane) -> None:
    approval = ask(plane, description="All of it.", data={"amount": "{{ event.payload.amount }}"}, expires_seconds=3600)
    assert plane.runs() == [("waiting", naming("step ok"))]
    assert plane.jobs()[-1][0] == "pending"
    assert (approval.title, approval.description, approval.data) == ("Refund it?", "All of it.", '{"amount": 5}')
    assert (approval.roles, approval.quorum, approval.state) == (("owner", "admin"), 1, "pending")
    assert (approval.expires_at - approval.requested_at).total_seconds() == 3600


def test_one_approval_lets_the_run_go_on(plane: Plane) -> None:
    approval = ask(plane)
    assert say(plane, approval, ADA).state == "approved"
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    output = output_of(plane, approval.id)
    assert output["outcome"] == "approved"
    assert [(made["by"], made["outcome"], made["form"]) for made in output["decisions"]] == [
        ("ada@example.com", "approved", None)
    ]


def test_output_is_what_the_step_declares(plane: Plane) -> None:
    import jsonschema_rs

    from automate.workflows.flow_steps.approval import APPROVAL

    approval = ask(plane, form=FORM, quorum=2)
    say(plane, approval, ADA, form={"reason": "fair"})
    say(plane, approval, BOB, form={"reason": "yes", "amount": 3})
    plane.drain()
    jsonschema_rs.validate(dict(APPROVAL.output_schema), output_of(plane, approval.id), validate_formats=True)


def test_first_rejection_ends_it(plane: Plane) -> None:
    approval = ask(plane, quorum=3)
    say(plane, approval, ADA)
    assert say(plane, approval, BOB, REJECTED).state == "rejected"
    plane.drain()
    assert plane.runs() == [("failed", "APPROVAL_REJECTED")]
    assert refusal(lambda: say(plane, approval, person("cleo")))[0] == "CONFLICT"
    ((error,),) = plane.rows("SELECT error::text FROM step_run")
    told = json.loads(error)
    assert told["message"] == "bob@example.com rejected it."
    assert [made["by"] for made in told["details"]["decisions"]] == ["ada@example.com", "bob@example.com"]


def test_quorum_is_met_by_as_many_people(plane: Plane) -> None:
    approval = ask(plane, quorum=2)
    assert say(plane, approval, ADA).state == "pending"
    plane.drain()
    assert plane.runs() == [("waiting", naming("step ok"))]
    assert say(plane, approval, BOB).state == "approved"
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert decisions(plane) == [("ada@example.com", "approved"), ("bob@example.com", "approved")]


@pytest.mark.parametrize(
    "again",
    [
        ADA,
        person("ada@example.com", "admin"),
        Principal(kind="end_user", name="ADA@example.com ", id="of a link", role="owner"),
        Principal(kind="member", name="renamed", id=ADA.id, role="owner"),
    ],
)
def test_nobody_decides_twice(plane: Plane, again: Principal) -> None:
    approval = ask(plane, quorum=2)
    say(plane, approval, ADA)
    assert refusal(lambda: say(plane, approval, again)) == (
        "CONFLICT",
        naming("already"),
    )
    assert refusal(lambda: say(plane, approval, again, REJECTED))[0] == "CONFLICT"
    assert decisions(plane) == [("ada@example.com", "approved")]


def test_another_role_may_not_decide(plane: Plane) -> None:
    approval = ask(plane)
    code, message = refusal(lambda: say(plane, approval, EVE))
    assert code == "FORBIDDEN"
    assert "owner, admin" in message
    assert (decisions(plane), audited(plane)) == ([], [])


@pytest.mark.parametrize("name", ["ada@example.com", "Ada@Example.com"])
def test_who_caused_the_run_may_not_decide(plane: Plane, name: str) -> None:
    approval = ask(plane)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".approval SET requested_by_kind = %s, requested_by_name = %s', "api_token", name
    )
    assert refusal(lambda: say(plane, approval, ADA))[0] == "FORBIDDEN"
    assert refusal(lambda: say(plane, approval, ADA, REJECTED))[0] == "FORBIDDEN"
    assert say(plane, approval, BOB).state == "approved"


def test_sender_of_the_event_is_who_caused_the_run(plane: Plane) -> None:
    approval = ask(plane)
    assert (approval.requested_by_kind, approval.requested_by_name) == ("system", "test")


CAUSES = {
    "a run that it starts and awaits": [{"key": "c", "uses": "flow.run_workflow", "with": {"workflow": "asked"}}],
    "a run that it starts": [{"key": "c", "uses": "flow.run_workflow", "with": {"workflow": "asked", "wait": False}}],
    "an event that it emits": [{"key": "c", "uses": "flow.emit_event", "with": {"type": "asked"}}],
    "its failure": [{"key": "c", "uses": "flow.fail", "with": {"message": "x"}}],
}


@pytest.mark.parametrize("steps", CAUSES.values(), ids=CAUSES)
def test_sender_of_the_first_event_caused_all_that_follows(plane: Plane, steps: Any) -> None:
    from automate.events.services import NewEvent, record_events
    from automate.kernel.principals import acting_as

    plane.publish(
        "asked",
        [{"key": "ok", "uses": "flow.approval", "with": {"title": "Refund it?"}}],
        when={"in": [{"var": "type"}, ["asked", "run.failed"]]},
    )
    plane.publish("first", steps, when={"==": [{"var": "type"}, "first"]})
    ((source,),) = plane.rows("SELECT id FROM source WHERE slug = 'api'")
    with acting_for(plane.tenant), acting_as(ADA):
        # A key that looks as those of runs do leads nowhere, because it came from outside.
        record_events([NewEvent(source, "first", b"{}", "0" * 32, idempotency_key=f"{source}/x")], audited=False)
    plane.drain()
    (approval,) = approvals(plane)
    assert (approval.requested_by_kind, approval.requested_by_name) == ("member", "ada@example.com")
    assert refusal(lambda: say(plane, approval, ADA))[0] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (None, ["form", "reason"]),
        ({}, ["form", "reason"]),
        ({"reason": "x"}, ["form", "reason"]),
        ({"reason": "fair", "amount": 0}, ["form", "amount"]),
        ({"reason": "fair", "amount": "many"}, ["form", "amount"]),
        ({"reason": "fair", "other": 1}, ["form"]),
    ],
)
def test_form_is_filled_in_as_it_asks(plane: Plane, form: Any, path: list[str]) -> None:
    approval = ask(plane, form=FORM)
    with pytest.raises(NormalizedError) as refused:
        say(plane, approval, ADA, form=form)
    assert refused.value.code == "BAD_USER_INPUT"
    assert [problem.path for problem in problems_of(refused.value)] == [path]
    assert decisions(plane) == []


@pytest.mark.parametrize("form", [[], "x", 1, True, {"reason": "a\0b"}, {"reason": "x" * 20_000}, {"a": float("nan")}])
def test_form_that_cannot_be_kept_is_refused(plane: Plane, form: Any) -> None:
    approval = ask(plane, form=FORM)
    assert refusal(lambda: say(plane, approval, ADA, form=form))[0] == "BAD_USER_INPUT"
    assert refusal(lambda: say(plane, approval, ADA, REJECTED, form=form))[0] == "BAD_USER_INPUT"
    assert decisions(plane) == []


def test_who_rejects_need_not_fill_in_the_form(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    assert say(plane, approval, ADA, REJECTED).state == "rejected"


def test_form_that_nobody_asked_for_is_refused(plane: Plane) -> None:
    approval = ask(plane)
    assert refusal(lambda: say(plane, approval, ADA, form={"a": 1}))[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("on_expiry", "run", "step"),
    [("rejected", ("failed", "APPROVAL_REJECTED"), "failed"), ("approved", ("succeeded", ""), "succeeded")],
)
def test_end_of_its_time_decides_as_the_step_says(
    plane: Plane, on_expiry: str, run: tuple[str, str], step: str
) -> None:
    approval = ask(plane, quorum=2, on_expiry=on_expiry, expires_seconds=60)
    say(plane, approval, ADA)
    plane.drain()
    assert plane.runs() == [("waiting", naming("step ok"))]
    pass_time(plane, 61)
    assert now_of(plane, approval).state == "expired"
    assert refusal(lambda: say(plane, approval, BOB))[0] == "CONFLICT"
    plane.drain()
    assert plane.runs() == [run]
    assert plane.steps()[0][2] == step
    assert now_of(plane, approval).state == "expired"
    assert refusal(lambda: say(plane, approval, BOB))[1] == naming("expired")
    if on_expiry == "approved":
        assert [made["by"] for made in output_of(plane, approval.id)["decisions"]] == ["ada@example.com"]


def test_end_of_the_run_ends_it(plane: Plane) -> None:
    from automate.kernel.transactions import in_transaction
    from automate.runs import control

    approval = ask(plane)
    ((run_id,),) = plane.rows("SELECT id FROM execution_run")
    with acting_for(plane.tenant), in_transaction():
        control.cancel([run_id], "no longer wanted")
    assert now_of(plane, approval).state == "cancelled"
    assert refusal(lambda: say(plane, approval, ADA))[1] == naming("ended")
    plane.drain()
    assert plane.runs() == [("cancelled", "no longer wanted")]
    assert now_of(plane, approval).state == "cancelled"


def test_paused_run_may_be_decided_and_goes_on_when_it_is_resumed(plane: Plane) -> None:
    from automate.kernel.transactions import in_transaction
    from automate.runs import control

    approval = ask(plane)
    ((run_id,),) = plane.rows("SELECT id FROM execution_run")
    with acting_for(plane.tenant), in_transaction():
        control.pause([run_id], "for a look")
    say(plane, approval, ADA)
    plane.drain()
    assert plane.runs()[0][0] == "paused"
    with acting_for(plane.tenant), in_transaction():
        control.resume([run_id], "looked")
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_decisions_cannot_be_changed(plane: Plane) -> None:
    approval = ask(plane, quorum=2)
    say(plane, approval, ADA)
    for statement in ("UPDATE {} SET outcome = 'rejected'", "DELETE FROM {}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            plane.root.execute(statement.format(f'"{plane.tenant.schema}".approval_decision'))


def test_statements_do_not_depend_on_who_decided_before(plane: Plane) -> None:
    approval = ask(plane, quorum=20)

    def count(name: str) -> int:
        with counting() as seen:
            say(plane, approval, person(name))
        return len([words for words, _ in seen if not words.startswith("SELECT set_config")])

    say(plane, approval, person("first"))
    counts = [count(f"p{n}") for n in range(5)]
    assert counts == [10] * 5


def test_wait_is_written_with_one_statement_more(plane: Plane) -> None:
    """The approval stands beside its wait in the transaction that starts the step, for one run as for many."""
    from tests.support.plane import work_off

    ask(plane, after=False)
    plane.send({}, {}, {}, kind="ask")
    jobs = plane.dispatch()
    from automate.runs.matching import match_events

    with counting() as seen:
        work_off(plane.tenant.id, [job.id for job in jobs], match_events)
    assert [entry for entry in seen if "asked" in entry[0]] == [("WITH RECURSIVE asked", True)]
    assert plane.rows("SELECT count(*) FROM approval") == [(4,)]
