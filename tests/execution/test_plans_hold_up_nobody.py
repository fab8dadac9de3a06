"""A plan tries all that an application does; meanwhile events start what they start."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connections, transaction

from automate.configuration.services import apply_configuration
from automate.kernel.json_values import JsonObject
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.triggers.transitions import mark_used
from tests.support.plane import Plane

NOTE: list[JsonObject] = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
OTHER: JsonObject = {"schema": 1, "steps": [{**NOTE[0], "with": {"message": "y"}}]}
ANYBODY = Principal(kind="system", name="test")
PLANNED: JsonObject = {
    "workflows": [{"slug": "changed", "name": "Changed", "definition": OTHER}],
    "rules": [{"slug": "changed", "name": "Changed", "workflow": "changed", "when": True, "enabled": False}],
}
HELD_SECONDS = 20
"""What does not wait for the plan is over long before; what does is ended by its statement_timeout, or by this."""


def elsewhere(act: Callable[[], object]) -> None:
    """In another thread, on a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=HELD_SECONDS)


def lock_as_matching_does(table: str) -> None:
    with transaction.atomic():
        execute("SET LOCAL lock_timeout = '100ms'")
        fetch(f"SELECT id FROM {table} ORDER BY id FOR KEY SHARE")


def plan_meanwhile(plane: Plane, act: Callable[[], object]) -> None:
    """act, while a plan is held open that has tried all it tries: to change, to switch off, and to archive what is not named."""
    with acting_for(plane.tenant), acting_as(ANYBODY):
        done = apply_configuration(PLANNED, prune=True, plan_only=True, then=lambda _: elsewhere(act))
    assert {(change.kind, change.slug, change.outcome) for change in done.changes} == {
        ("workflow", "changed", "changed"), ("rule", "changed", "changed"), ("rule", "gone", "pruned"), ("workflow", "gone", "pruned"),
    }  # fmt: skip


def test_events_are_matched_while_a_plan_is_held_open(plane: Plane) -> None:
    plane.publish("changed", NOTE)
    plane.publish("gone", NOTE)

    def match() -> None:
        plane.send({})
        plane.drain()
        assert plane.runs() == [("succeeded", "")] * 2

    plan_meanwhile(plane, match)
    assert plane.runs() == [("succeeded", "")] * 2


def test_a_plan_that_locks_as_an_application_does_would_be_found(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin, which looks at what matching locks."""
    from automate.rules import services as rules
    from automate.workflows import services as workflows

    plane.publish("changed", NOTE)
    plane.publish("gone", NOTE)
    for module in (workflows, rules):
        monkeypatch.setattr(module, "only_tried", lambda: False)
    refused: list[str] = []

    def match() -> None:
        for table in ("workflow", "rule_spec"):
            with acting_for(plane.tenant), pytest.raises(OperationalError):
                lock_as_matching_does(table)
            refused.append(table)

    plan_meanwhile(plane, match)
    assert refused == ["workflow", "rule_spec"]


def test_a_webhook_does_not_wait_to_note_which_secret_proved_it(plane: Plane) -> None:
    source: JsonObject = {"slug": "shop", "scheme": "GITHUB", "secrets": ["correct horse battery"]}
    noted: list[int] = []
    with acting_for(plane.tenant), acting_as(ANYBODY):
        apply_configuration({"sources": [source]})
        ((shop,),) = fetch("SELECT id FROM source WHERE slug = 'shop'")

    def note() -> None:
        with acting_for(plane.tenant):
            noted.append(mark_used(shop, 1, unless_within_seconds=60))

    with acting_for(plane.tenant), acting_as(ANYBODY):
        changed: JsonObject = {"sources": [{**source, "enabled": False}]}
        apply_configuration(changed, plan_only=True, then=lambda _: elsewhere(note))
    note()
    note()
    assert noted == [0, 1, 0], "not while the plan was held; then once a minute"
