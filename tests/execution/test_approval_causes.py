"""Four eyes: whoever has had a hand in there being a run decides none of its approvals, however the run came about."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from automate.approvals.services import link_to
from automate.events.services import NewEvent, record_events
from automate.kernel.principals import acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery import poison
from automate.recovery.plans import RetryRequest
from automate.recovery.replaying import replay_event
from automate.recovery.retrying import retry_runs
from automate.runs.approvals.queries import ApprovalRow
from tests.support.approval_pages import approve, path_of, send
from tests.support.approvals import ADA, APPROVED, BOB, REJECTED, approvals, ask, decisions, person, refusal, say
from tests.support.bulk import OPERATOR, start, to_its_end
from tests.support.plane import Plane, Scripted, connectors, failing

CLEO = person("cleo@example.com")


def retry(plane: Plane, approval: ApprovalRow, **rest: Any) -> None:
    retry_runs([approval.run_id], RetryRequest(**{"begin": "START", **rest}))


def event_of(plane: Plane, approval: ApprovalRow) -> uuid.UUID:
    ((event,),) = plane.rows("SELECT event_id FROM execution_run WHERE id = %s", approval.run_id)
    found: uuid.UUID = event
    return found


def redrive(plane: Plane, approval: ApprovalRow) -> None:
    """As if its job had died with the run, which has failed."""
    plane.root.execute("UPDATE outbox_job SET state = 'dead' WHERE subject_id = %s", approval.run_id)
    assert poison.redrive([approval.run_id]).jobs == [approval.run_id]


WAYS: dict[str, Callable[[Plane, ApprovalRow], Any]] = {
    "a retry": retry,
    "a retry that repeats effects": lambda plane, approval: retry(plane, approval, repeat_effects=True),
    "a retry with another payload": lambda plane, approval: retry(plane, approval, edited=True, payload={"amount": 9}),
    "a replay": lambda plane, approval: replay_event(event_of(plane, approval)),
    "a redrive": redrive,
}


def rejected(plane: Plane, approval: ApprovalRow) -> None:
    say(plane, approval, CLEO, REJECTED)
    plane.drain()


def asked_again(plane: Plane, former: ApprovalRow) -> ApprovalRow:
    plane.drain()
    found = approvals(plane)[0]
    assert found.id != former.id
    assert found.state == "pending"
    return found


def held_back(plane: Plane, approval: ApprovalRow, name: str) -> None:
    """By their own name and by a link, made by them or for them."""
    for outcome in (APPROVED, REJECTED):
        assert refusal(lambda said=outcome: say(plane, approval, person(name), said))[0] == "FORBIDDEN"  # type: ignore[misc]
    for maker, recipient in ((person(name), "zoe@example.com"), (BOB, f" {name.upper()}")):
        with acting_for(plane.tenant), acting_as(maker):
            assert refusal(lambda to=recipient: link_to(approval.id, recipient=to, role="admin"))[0] == "FORBIDDEN"  # type: ignore[misc]
    assert send(path_of(plane, approval, name), approve(approval)).status_code == 403
    assert decisions(plane)[1:] == []


@pytest.mark.parametrize("again", WAYS.values(), ids=WAYS)
def test_who_brings_a_run_back_may_not_decide(plane: Plane, again: Callable[[Plane, ApprovalRow], Any]) -> None:
    """An event that nobody sent, a rejection; and whoever brings it back has to find somebody else who approves."""
    former = ask(plane)
    rejected(plane, former)
    with acting_for(plane.tenant), acting_as(ADA):
        again(plane, former)
    approval = asked_again(plane, former)
    held_back(plane, approval, ADA.name)
    assert say(plane, approval, BOB).state == "approved"


@pytest.mark.parametrize("kind", ["RETRY", "REPLAY"])
def test_who_brings_runs_back_in_bulk_may_not_decide(plane: Plane, kind: str) -> None:
    former = ask(plane)
    rejected(plane, former)
    rest: dict[str, Any] = {"retry": RetryRequest(begin="START"), "wanted": {"states": ("failed",)}}
    to_its_end(plane, start(plane, kind, **(rest if kind == "RETRY" else {"wanted": {"types": ("ask",)}})))
    approval = asked_again(plane, former)
    held_back(plane, approval, OPERATOR.name)
    assert say(plane, approval, BOB).state == "approved"


def test_everybody_who_brought_it_back_is_barred(plane: Plane) -> None:
    """The second retry is no way out for who made the first one, nor is the first for who sent another payload."""
    approval = ask(plane)
    rejected(plane, approval)
    for who, rest in ((ADA, {"edited": True, "payload": {"amount": 9}}), (BOB, {})):
        with acting_for(plane.tenant), acting_as(who):
            retry(plane, approval, **rest)
        approval = asked_again(plane, approval)
        if who is ADA:
            say(plane, approval, CLEO, REJECTED)
            plane.drain()
    for who in (ADA, BOB):
        assert refusal(lambda said=who: say(plane, approval, said))[0] == "FORBIDDEN"  # type: ignore[misc]
    assert say(plane, approval, person("dan")).state == "approved"


@pytest.mark.parametrize("repeat_effects", [False, True])
@pytest.mark.parametrize(
    "cause",
    [
        {"uses": "flow.emit_event", "with": {"type": "asked"}},
        {"uses": "flow.run_workflow", "with": {"workflow": "asked"}},
    ],
    ids=["an event that it emits", "a run that it starts"],
)
def test_who_brings_back_a_run_that_causes_another(plane: Plane, cause: dict[str, Any], repeat_effects: bool) -> None:  # noqa: FBT001 - a case
    """ADA sent the event, BOB brought its run back: neither decides what came of it."""
    plane.publish(
        "asked",
        [{"key": "ok", "uses": "flow.approval", "with": {"title": "Refund it?"}}],
        when={"==": [{"var": "type"}, "asked"]},
    )
    ((source,),) = plane.rows("SELECT id FROM source WHERE slug = 'api'")
    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_REFUSED"), {}))):
        steps = [{"key": "a", "uses": scripted.name}, {"key": "c", "needs": ["a"], **cause}]
        plane.publish("first", steps, when={"==": [{"var": "type"}, "first"]})
        with acting_for(plane.tenant), acting_as(ADA):
            record_events([NewEvent(source, "first", b"{}", "0" * 32)], audited=False)
        plane.drain()
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), acting_as(BOB):
            retry_runs([run], RetryRequest(begin="START", repeat_effects=repeat_effects))
        plane.drain()
    (approval,) = approvals(plane)
    assert (approval.requested_by_kind, approval.requested_by_name) == ("member", ADA.name)
    for who in (ADA, BOB):
        assert refusal(lambda said=who: say(plane, approval, said))[0] == "FORBIDDEN"  # type: ignore[misc]
    assert say(plane, approval, CLEO).state == "approved"
