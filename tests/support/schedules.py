"""Schedules whose clock is the test's: time comes into a tick, and into a save, by one statement each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

from automate.kernel import queries as kernel_queries
from automate.kernel.tenancy import acting_for
from automate.triggers.schedules import queries, services, transitions
from automate.triggers.schedules.plan import AT, CRON, INTERVAL, TickPlan
from automate.triggers.schedules.rows import ScheduleRow
from automate.triggers.schedules.services import NewSchedule
from tests.support.plane import Plane

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def timestamp(text: str) -> datetime:
    """Of text without an offset, in UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def cron(expression: str, zone: str = "UTC", **bounds: Any) -> TickPlan:
    return TickPlan(CRON, expression=expression, timezone=zone, **bounds)


def every(seconds: int, **bounds: Any) -> TickPlan:
    return TickPlan(INTERVAL, every_seconds=seconds, **bounds)


def once_at(at: datetime) -> TickPlan:
    return TickPlan(AT, at=at)


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """What time it is for schedules: their statements read this time in the place of PostgreSQL's now()."""
    said = f"timestamptz '{at.isoformat()}'"
    assert transitions.LOCK.count("now()") == kernel_queries.NOW.count("now()") == 1
    with (
        mock.patch.object(transitions, "LOCK", transitions.LOCK.replace("now()", said)),
        mock.patch.object(kernel_queries, "NOW", kernel_queries.NOW.replace("now()", said)),
    ):
        yield


def save(plane: Plane, slug: str, plan: TickPlan, **options: Any) -> uuid.UUID:
    with acting_for(plane.tenant):
        return services.save_schedule(NewSchedule(slug, slug, plan, **options), expected_revision=None)


def read(plane: Plane, slug: str) -> ScheduleRow:
    ((row_id,),) = plane.rows("SELECT id FROM schedule WHERE slug = %s", slug)
    with acting_for(plane.tenant):
        return queries.schedules_by_id([row_id])[row_id]


def tick(plane: Plane, at: datetime) -> None:
    """Everything of schedules that is due at a time is done, by the relay's statement and a worker's begin."""
    with clock(at):
        for _ in range(1_000):
            if not bring_due(plane, at):
                return
            plane.work()
    raise AssertionError("schedules never rest")


def bring_due(plane: Plane, at: datetime) -> int:
    """The queue's own clock is PostgreSQL's: what is due by the test's is made due by that one, and nothing else is."""
    return plane.root.execute(
        "UPDATE public.outbox_job SET due_at = CASE WHEN due_at <= %s THEN now() - interval '1 hour' ELSE due_at END"
        " WHERE tenant_id = %s AND topic = 'schedule.tick' AND open AND due_at <= %s",
        at,
        plane.tenant.id,
        at,
    )


def next_due(plane: Plane) -> datetime | None:
    found: datetime | None = plane.root.value(
        "SELECT min(due_at) FROM public.outbox_job WHERE tenant_id = %s AND topic = 'schedule.tick' AND open",
        plane.tenant.id,
    )
    return found


def events(plane: Plane, slug: str) -> list[dict[str, Any]]:
    """The payloads of a schedule's events, oldest first."""
    rows = plane.rows(
        "SELECT convert_from(p.body, 'UTF8') FROM event e JOIN event_payload p ON p.event_id = e.id WHERE e.subject = %s"
        " ORDER BY e.id",
        slug,
    )
    return [json.loads(body) for (body,) in rows]


def planned(plane: Plane, slug: str) -> list[datetime]:
    return [datetime.fromisoformat(payload["planned_at"]) for payload in events(plane, slug)]


def outcomes(plane: Plane, slug: str) -> list[tuple[str, datetime, int]]:
    """What became of each tick, oldest first."""
    return plane.rows(
        "SELECT t.outcome, t.planned_at, t.missed FROM schedule_tick t JOIN schedule s ON s.id = t.schedule_id"
        " WHERE s.slug = %s ORDER BY t.id",
        slug,
    )


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
