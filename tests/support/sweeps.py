"""A tenant whose rows grow old, and the sweeper."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from automate.retention import services
from tenants.sweeping import claims as turns
from tenants.sweeping import step_queries as steps
from tenants.sweeping import sweeper
from tenants.sweeping.sweeper import Sweeper
from tests.support.plane import Plane

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
WAIT = [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 3600}}]
CALL = [{"key": "call", "uses": "test.scripted", "retry": {"max_attempts": 1}}]
TABLES = (
    "execution_run", "step_run", "step_input", "step_wait", "effect", "event", "event_payload", "decision", "rule_match",
    "event_search", "approval", "webhook_delivery",
)  # fmt: skip


@pytest.fixture(name="later")
def days_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets days pass for the sweeper."""
    before_of = turns.before_of

    def pass_days(days: int) -> None:
        monkeypatch.setattr(
            turns, "before_of", lambda kept, now, young: before_of(kept, now + timedelta(days=days), young)
        )

    monkeypatch.setattr(steps, "feed_seconds", lambda: -1_000_000)
    monkeypatch.setattr(sweeper, "feed_seconds", lambda: 0)
    return pass_days


def aged(plane: Plane) -> None:
    plane.root.execute(
        "UPDATE public.tenant SET created_at = now() - interval '400 days' WHERE id = %s", plane.tenant.id
    )


def sweep(plane: Plane) -> int:
    aged(plane)
    plane.root.execute("DELETE FROM public.retention_sweep")
    plane.root.execute(
        "INSERT INTO public.retention_sweep (tenant_id, due_at) SELECT id, now() FROM public.tenant WHERE id = %s",
        plane.tenant.id,
    )
    one = Sweeper()
    one._admitted_at = float("inf")
    return one.sweep(60)


def left(plane: Plane) -> dict[str, int]:
    counts = {table: plane.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    return {table: count for table, count in counts.items() if count}


def ran(plane: Plane, workflow: Sequence[Any] = NOTE, slug: str = "one", events: int = 1) -> list[uuid.UUID]:
    plane.publish(slug, workflow)
    sent = plane.send(*({"n": n} for n in range(events)))
    plane.drain()
    return sent


def save(plane: Plane, **days: int | None) -> None:
    plane.by_ada(lambda: services.save_retention(days))
