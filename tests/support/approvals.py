"""Runs that wait for an approval, and people who decide."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from automate.approvals.services import decide
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.runs import states
from automate.runs.approvals import queries
from automate.runs.approvals.queries import ApprovalRow
from tests.support.plane import Plane

APPROVED, REJECTED = states.APPROVED, states.REJECTED
FORM = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {
        "reason": {"type": "string", "title": "Reason", "minLength": 3},
        "amount": {"type": "integer", "minimum": 1},
    },
}


def person(name: str, role: str = "owner") -> Principal:
    return Principal(kind="member", name=name, id=f"id of {name}"[:64], role=role)


ADA, BOB, EVE = person("ada@example.com"), person("bob@example.com", "admin"), person("eve@example.com", "viewer")


def ask(plane: Plane, *, slug: str = "ask", after: bool = True, **given: Any) -> ApprovalRow:
    """A run that waits for an approval. after: whether a step follows it."""
    steps: list[dict[str, Any]] = [{"key": "ok", "uses": "flow.approval", "with": {"title": "Refund it?", **given}}]
    if after:
        steps.append({"key": "after", "uses": "flow.transform", "with": {"output": "{{ steps.ok.output }}"}})
    plane.publish(slug, steps, when={"==": [{"var": "type"}, slug]})
    plane.send({"amount": 5}, kind=slug)
    plane.drain()
    return approvals(plane)[0]


def approvals(plane: Plane) -> list[ApprovalRow]:
    """Newest first."""
    with acting_for(plane.tenant):
        return queries.approvals_page(queries.ApprovalsFilter(), queries.Slice(100)).rows


def now_of(plane: Plane, approval: ApprovalRow) -> ApprovalRow:
    with acting_for(plane.tenant):
        return queries.approvals_by_id([approval.id])[approval.id]


def say(
    plane: Plane,
    approval: ApprovalRow,
    who: Principal,
    outcome: str = APPROVED,
    *,
    form: Any = None,
    shown: str | None = None,
) -> ApprovalRow:
    with acting_for(plane.tenant), acting_as(who):
        return decide(approval.id, outcome=outcome, form=form, shown_sha256=shown or approval.shown_sha256)


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    """The code and the message that it was refused with."""
    try:
        act()
    except NormalizedError as error:
        return error.code, error.message
    raise AssertionError("it was not refused")


def pass_time(plane: Plane, seconds: float) -> None:
    """For what waits, and for what people are asked."""
    plane.pass_seconds(seconds)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".approval SET expires_at = expires_at - make_interval(secs => {seconds})'
    )


def decisions(plane: Plane) -> list[tuple[str, str]]:
    """Who decided what, in order."""
    return plane.rows("SELECT principal_name, outcome FROM approval_decision ORDER BY at, id")


def audited(plane: Plane, action: str = "approval.decide") -> list[tuple[str, Mapping[str, Any]]]:
    """Who did it, and its changes."""
    import json

    found = plane.rows("SELECT actor_name, changes::text FROM audit_entry WHERE action = %s ORDER BY id", action)
    return [(name, json.loads(changes)) for name, changes in found]


def output_of(plane: Plane, step_id: uuid.UUID) -> Any:
    import json

    ((output,),) = plane.rows("SELECT output::text FROM step_run WHERE id = %s", step_id)
    return None if output is None else json.loads(output)
