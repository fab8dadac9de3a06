"""Workflows with a concurrency key, and what became of their runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from tests.support.facts import naming
from tests.support.plane import Plane, Published

KEY = "{{ event.payload.customer }}"
MINUTE: Sequence[dict[str, Any]] = [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 60}}]
"""Steps of runs that go on for a minute and hold no worker."""
WAITS = ("queued", naming("key acme"))


def keyed(
    plane: Plane,
    steps: Sequence[dict[str, Any]] = MINUTE,
    *,
    slug: str = "one",
    limit: int = 1,
    strategy: str = "queue",
    key: str = KEY,
    **definition: Any,
) -> Published:
    return plane.publish(
        slug, steps, concurrency={"key": key, "limit": limit, "strategy": strategy}, **definition
    )  # fmt: skip


def order(plane: Plane, *customers: Any) -> list[uuid.UUID]:
    """Events of these customers, one after the other, each as far as it goes. Returns their runs, oldest first."""
    for customer in customers:
        plane.send({"customer": customer})
        plane.drain()
    return runs_of(plane)


def runs_of(plane: Plane) -> list[uuid.UUID]:
    return [row[0] for row in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def a_minute_later(plane: Plane) -> None:
    plane.pass_seconds(61)
    plane.drain()


def slots(plane: Plane) -> list[tuple[uuid.UUID, bool]]:
    """Who is at a key, in the order of arrival, and whether it holds it."""
    return plane.rows("SELECT run_id, held FROM run_slot ORDER BY digest, place, event_id, run_id")
