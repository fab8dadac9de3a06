"""A secret is deleted without force, or a use of it begins: never both, however many are at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs.secret_deletion import delete_secret
from automate.vault.services import remove_secret, set_secret
from automate.workflows.models import Workflow
from automate.workflows.services import (
    publish_draft,
    publish_workflow,
    roll_back_workflow,
    save_workflow,
    trial_version,
)
from tests.support import rows
from tests.support.plane import Plane
from tests.support.racing import racers

NAME, ROUNDS = "KEY", 12
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'"


def definition(*refs: str) -> dict[str, Any]:
    with_ = {"url": "https://api.example.com", "headers": {"X-Key": " ".join(("hi", *refs))}}
    return {"schema": 1, "steps": [{"key": "a", "uses": "http.request", "with": with_}]}


def store() -> None:
    set_secret(name=NAME, value="sk_live_a_value", allowed={}, overlap_seconds=None, expected_revision=None)


def save(slug: str, *refs: str) -> None:
    save_workflow(slug=slug, name=slug, definition=definition(*refs), expected_revision=None)


def delete() -> None:
    delete_secret(name=NAME, version=None, force=False, expected_revision=None)


def code_of(act: Callable[[], object]) -> str:
    """Of what it raises; empty where it succeeds."""
    try:
        act()
    except NormalizedError as refusal:
        return refusal.code
    return ""


class Waiter:
    """An act in another session, which waits for a lock of this one. Raises AssertionError where it does not wait."""

    def __init__(self, plane: Plane, act: Callable[[], object]) -> None:
        self._plane, self._act, self._codes = plane, act, list[str]()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        while not (plane.root.rows(WAITING)[0][0] or self._codes):
            time.sleep(0.005)
        assert self._codes == [], "it did not wait"

    def _run(self) -> None:
        with acting_for(self._plane.tenant):
            self._codes.append(code_of(self._act))
        connection.close()

    def code(self) -> str:
        """Of what the act raised; empty where it succeeded."""
        self._thread.join(30)
        (code,) = self._codes
        return code


def begins(way: str) -> Callable[[str], object]:
    """What begins a use of the secret."""
    return {
        "publish": lambda slug: publish_workflow(slug=slug),
        "roll back": lambda slug: roll_back_workflow(slug=slug, number=1),
    }[way]


@pytest.fixture
def flow(plane: Plane) -> str:
    """Version 1 names the secret, version 2 does not, the draft does."""
    with acting_for(plane.tenant):
        store()
        for ref in ("$secret:KEY", ""):
            save("flow", *filter(None, [ref]))
            publish_workflow(slug="flow")
        save("flow", "$secret:KEY", "again")
    return "flow"


def test_deletion_waits_for_a_publish_and_finds_its_use(plane: Plane, flow: str) -> None:
    with acting_for(plane.tenant), in_transaction():
        publish_draft(flow)
        waiter = Waiter(plane, delete)
    assert waiter.code() == "SECRET_IN_USE"


def test_publish_waits_for_a_deletion_and_is_refused(plane: Plane, flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waiters: list[Waiter] = []

    def remove(found: Any) -> None:
        remove_secret(found)
        waiters.append(Waiter(plane, lambda: publish_workflow(slug=flow)))

    monkeypatch.setattr("automate.vault.services.remove_secret", remove)
    with acting_for(plane.tenant):
        delete()
    assert [waiter.code() for waiter in waiters] == ["INVALID_WORKFLOW"]


def test_deletion_waits_for_a_match_that_read_the_earlier_version(plane: Plane, flow: str) -> None:
    """The run that the match makes is pinned to the version that names the secret."""
    ((workflow, version),) = plane.rows(
        "SELECT w.id, v.id FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id WHERE v.number = 1"
    )
    with acting_for(plane.tenant):
        made = replace(rows.flow(), workflow=workflow, version=version)
        with in_transaction():
            fetch("SELECT id FROM workflow WHERE id = %s FOR KEY SHARE", [workflow])
            rows.run(made, rows.event(), state="running")
            waiter = Waiter(plane, delete)
    assert waiter.code() == "SECRET_IN_USE"


def test_trial_of_a_draft_and_a_deletion_do_not_both_succeed(plane: Plane, flow: str) -> None:
    with acting_for(plane.tenant):
        workflow = Workflow.objects.get(slug=flow)
        with suppress(LookupError), in_transaction():
            trial_version(workflow.id, workflow.definition)
            waiter = Waiter(plane, delete)
            raise LookupError
        assert waiter.code() == ""
        with in_transaction():
            assert code_of(lambda: trial_version(workflow.id, workflow.definition)) == "INVALID_WORKFLOW"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["publish", "roll back"])
def test_never_both_among_eight_racers(plane: Plane, way: str) -> None:
    with acting_for(plane.tenant):
        for number in range(4):
            for ref in ("$secret:KEY", ""):
                store()
                save(f"flow-{number}", *filter(None, [ref]))
                publish_workflow(slug=f"flow-{number}")
    begin, seen = begins(way), set()
    with racers(8) as race:
        for _ in range(ROUNDS):
            with acting_for(plane.tenant):
                store()
                for number in range(4):
                    save(f"flow-{number}", "$secret:KEY")

            def act(number: int) -> str:
                with acting_for(plane.tenant):
                    return code_of((lambda: begin(f"flow-{number // 2}")) if number % 2 else delete)

            codes = race(act)
            assert all(isinstance(code, str) for code in codes), codes
            deleted, began = "" in codes[::2], "" in codes[1::2]
            assert not (deleted and began), codes
            seen.add((deleted, began))
            with acting_for(plane.tenant):
                for number in range(4):
                    save(f"flow-{number}")
                    publish_workflow(slug=f"flow-{number}")
    assert seen, "each side wins some rounds"
