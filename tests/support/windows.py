"""Rules over time whose clock is the test's: time comes into matches, and into timers, by one statement each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

from automate.rules.windows import transitions
from tests.support.plane import Plane

START = datetime(2027, 3, 1, tzinfo=timezone.utc)
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
KEY = "{{ event.payload.customer }}"
TIMERS = "topic = 'rule.window' AND open"


@contextmanager
def clock(seconds: float) -> Iterator[None]:
    """What time it is for windows, in seconds from START."""
    said = f"timestamptz '{(START + timedelta(seconds=seconds)).isoformat()}'"
    assert transitions.FIND.count("clock_timestamp()") == transitions.BY_TIMER.count("clock_timestamp()") == 1
    with (
        mock.patch.object(transitions, "FIND", transitions.FIND.replace("clock_timestamp()", said)),
        mock.patch.object(transitions, "BY_TIMER", transitions.BY_TIMER.replace("clock_timestamp()", said)),
    ):
        yield


def come(plane: Plane, seconds: float, *payloads: Any, kind: str = "order.created") -> list[Any]:
    """Events that are received and matched at a time; what windows have to do before it is done at its time."""
    pass_until(plane, seconds)
    events = accept(plane, seconds, *payloads, kind=kind)
    with clock(seconds):
        plane.drain()
    return events


def accept(plane: Plane, seconds: float, *payloads: Any, kind: str = "order.created") -> list[Any]:
    """Events that are received at a time, and not matched yet; where it has passed, their jobs are of then, too."""
    events = plane.send(*payloads, kind=kind)
    at = START + timedelta(seconds=seconds)
    plane.root.execute(
        "UPDATE public.outbox_job SET created_at = least(created_at, %s), due_at = least(due_at, %s) WHERE id = ANY (%s)",
        at,
        at,
        events,
    )
    plane.root.execute(
        f'ALTER TABLE "{plane.tenant.schema}".event DISABLE TRIGGER event_immutable;'
        f"UPDATE \"{plane.tenant.schema}\".event SET received_at = '{at.isoformat()}'"
        f" WHERE id = ANY ('{{{','.join(map(str, events))}}}');"
        f'ALTER TABLE "{plane.tenant.schema}".event ENABLE TRIGGER event_immutable'
    )
    return events


def ago(seconds: float) -> float:
    """A time so long before the servers' now, in seconds from START."""
    return (datetime.now(timezone.utc) - START).total_seconds() - seconds


def pass_until(plane: Plane, seconds: float) -> None:
    """Timers that are due before a time do their work at their times, the earliest first."""
    for _ in range(10_000):
        due = plane.root.rows(f"SELECT min(due_at) FROM public.outbox_job WHERE {TIMERS} AND parked = ''")[0][0]
        if due is None or due > START + timedelta(seconds=seconds):
            return
        ring(plane, (due - START).total_seconds())
    raise AssertionError("timers never rest")


def ring(plane: Plane, seconds: float) -> None:
    """All timers that are due at a time do their work then, late or not."""
    at = START + timedelta(seconds=seconds)
    plane.root.execute(
        f"UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE {TIMERS} AND due_at <= %s", at
    )
    with clock(seconds):
        plane.drain()


def decisions(plane: Plane) -> list[tuple[str, bool]]:
    """Verdict, and whether it started a run by itself, of each decision in the order of the events."""
    return plane.rows("SELECT verdict, run_id IS NOT NULL FROM decision ORDER BY event_id, id")


def reasons(plane: Plane) -> list[str]:
    return [row[0] for row in plane.rows("SELECT reason FROM decision ORDER BY event_id, id")]


def started(plane: Plane) -> list[Any]:
    """The payloads of the events that runs were made of, in the order of the runs."""
    return [
        payload
        for (payload,) in plane.rows(
            "SELECT convert_from(p.body, 'UTF8')::jsonb ->> 'n' FROM execution_run r JOIN event_payload p ON p.event_id = r.event_id"
            " ORDER BY r.created_at, r.id"
        )
    ]


def windows(plane: Plane) -> list[tuple[str, bool, str, int]]:
    """Option, whether it is open, outcome and matches of each, oldest first."""
    return plane.rows("SELECT option, open, outcome, matches FROM rule_window ORDER BY id")


def taken_by(plane: Plane, events: Sequence[Any]) -> list[Any]:
    """The run that took each event, by whatever way."""
    found = dict(
        plane.rows(
            "SELECT d.event_id, coalesce(d.run_id, w.run_id) FROM decision d LEFT JOIN rule_window w ON w.id = d.window_id"
        )
    )
    return [found[event] for event in events]
