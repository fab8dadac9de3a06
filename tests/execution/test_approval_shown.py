"""What people were shown is what they decide: nothing else is, and the audit holds its checksum."""

from __future__ import annotations

import json

import pytest

from automate.kernel.canonical import checksum
from tests.support.approvals import ADA, FORM, ask, audited, decisions, now_of, refusal, say
from tests.support.plane import Plane


@pytest.mark.parametrize("shown", ["0" * 64, "", "x"])
def test_decision_is_about_what_was_shown(plane: Plane, shown: str) -> None:
    approval = ask(plane)
    assert refusal(lambda: say(plane, approval, ADA, shown=shown or " "))[0] == "CONFLICT"
    assert decisions(plane) == []


def test_checksum_is_over_all_that_is_shown(plane: Plane) -> None:
    approval = ask(
        plane,
        description="Why",
        data={"b": [1.0, None], "a": 2**60},
        quorum=2,
        roles=["editor"],
        form=FORM,
        on_expiry="approved",
    )
    shown = {
        "approval": str(approval.id),
        "title": "Refund it?",
        "description": "Why",
        "data": {"a": 2**60, "b": [1, None]},
        "roles": ["editor"],
        "quorum": 2,
        "form": FORM,
        "on_expiry": "approved",
    }
    assert approval.shown_sha256 == checksum(shown) == approval.checksum_now()


@pytest.mark.parametrize("change", ["title = 'Refund nothing?'", "data = '{\"amount\": 500}'", "quorum = 1"])
def test_what_was_changed_behind_the_page_cannot_be_decided(plane: Plane, change: str) -> None:
    approval = ask(plane, quorum=2)
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".approval SET {change}')
    assert refusal(lambda: say(plane, approval, ADA))[0] == "CONFLICT"
    assert refusal(lambda: say(plane, approval, ADA, shown=now_of(plane, approval).checksum_now()))[0] == "CONFLICT"


def test_audit_entry_holds_the_checksum(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    say(plane, approval, ADA, form={"reason": "fair"})
    ((who, changes),) = audited(plane)
    assert who == "ada@example.com"
    assert changes == {
        "outcome": [None, "approved"],
        "role": [None, "owner"],
        "form": [None, {"reason": "fair"}],
        "shown_sha256": [None, approval.shown_sha256],
        "state": ["pending", "approved"],
    }
    assert plane.rows("SELECT shown_sha256, form::text FROM approval_decision") == [
        (approval.shown_sha256, '{"reason": "fair"}')
    ]


def test_what_is_shown_is_bounded(plane: Plane) -> None:
    plane.publish(
        "big", [{"key": "ok", "uses": "flow.approval", "with": {"title": "x", "data": "{{ event.payload }}"}}]
    )
    plane.send({"text": "x" * 70_000})
    plane.drain()
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert plane.rows("SELECT count(*) FROM approval") == [(0,)]


def test_what_is_shown_is_redacted_before_it_is_hashed(plane: Plane) -> None:
    approval = ask(plane, data={"password": "hunter2", "amount": 5})
    assert json.loads(approval.data or "") == {"password": "[redacted]", "amount": 5}
    assert say(plane, approval, ADA).state == "approved"
