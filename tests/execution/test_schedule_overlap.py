"""What a tick does while the run of an earlier one is open."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery.controlling import cancel_runs
from automate.triggers.schedules import services, transitions
from tests.support.plane import BEGIN, Plane, work_off
from tests.support.schedules import clock, cron, events, next_due, outcomes, planned, read, save, tick, timestamp

START = timestamp("2027-03-01T00:00")


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def waiting_run(plane: Plane, overlap: str, **options: object) -> None:
    """A schedule whose first tick has started a run that waits for a day."""
    plane.publish("long", [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 86_400}}])
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"), overlap=overlap, **options)
    tick(plane, hour(1))
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["waiting"]


def end_runs(plane: Plane) -> None:
    ids = [run for (run,) in plane.rows("SELECT id FROM execution_run WHERE finished_at IS NULL")]
    with acting_for(plane.tenant):
        cancel_runs(ids, "over")
    plane.drain()
    assert {state for state, _ in plane.runs()} == {"cancelled"}


def test_allowed_tick_comes_all_the_same(plane: Plane) -> None:
    waiting_run(plane, "allow")
    tick(plane, hour(2))
    plane.drain()
    assert planned(plane, "hourly") == [hour(1), hour(2)]
    assert len(plane.runs()) == 2


def test_skipped_ticks_are_told_by_the_next_event(plane: Plane) -> None:
    waiting_run(plane, "skip")
    tick(plane, hour(2))
    tick(plane, hour(3))
    assert planned(plane, "hourly") == [hour(1)]
    assert outcomes(plane, "hourly") == [("made", hour(1), 0), ("skipped", hour(2), 0), ("skipped", hour(3), 0)]
    end_runs(plane)
    tick(plane, hour(4))
    assert planned(plane, "hourly") == [hour(1), hour(4)]
    assert events(plane, "hourly")[-1]["missed"] == [
        {"planned_at": hour(number).isoformat(), "reason": "overlap"} for number in (2, 3)
    ]


def test_queued_tick_waits_for_the_end(plane: Plane) -> None:
    waiting_run(plane, "queue")
    tick_once(plane, hour(2))
    tick_once(plane, hour(2) + timedelta(minutes=30))
    assert planned(plane, "hourly") == [hour(1)]
    assert read(plane, "hourly").planned_at == hour(2)
    assert outcomes(plane, "hourly") == [("made", hour(1), 0)]
    end_runs(plane)
    tick(plane, hour(2) + timedelta(minutes=31))
    assert planned(plane, "hourly") == [hour(1), hour(2)]
    assert next_due(plane) == hour(3)


def test_queued_ticks_collapse_or_come_each(plane: Plane) -> None:
    waiting_run(plane, "queue")
    for number in (2, 3, 4):
        tick_once(plane, hour(number))
    end_runs(plane)
    tick(plane, hour(4) + timedelta(minutes=1))
    assert planned(plane, "hourly") == [hour(1), hour(4)]
    assert events(plane, "hourly")[-1]["missed_count"] == 2


def test_tick_looks_again_after_a_tenth_of_its_lateness(plane: Plane) -> None:
    waiting_run(plane, "queue")
    for late, looks_after in ((0, 1.0), (100, 10.0), (3000, 30.0)):
        tick_once(plane, hour(2) + timedelta(seconds=late))
        after = plane.root.value(
            "SELECT extract(epoch FROM due_at - now())::float FROM public.outbox_job WHERE topic = 'schedule.tick' AND open"
        )
        assert looks_after - 0.9 < after <= looks_after


def test_event_that_is_not_matched_yet_counts_as_open(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"), overlap="skip")
    tick_once(plane, hour(1))
    assert plane.root.rows("SELECT state FROM public.outbox_job WHERE topic = 'event.match'") == [("pending",)]
    plane.root.execute("UPDATE public.outbox_job SET parked = 'test', due_at = 'infinity' WHERE topic = 'event.match'")
    tick(plane, hour(2))
    assert [outcome for outcome, _, _ in outcomes(plane, "hourly")] == ["made", "skipped"]


def test_open_run_of_a_tick_by_hand_counts_too(plane: Plane) -> None:
    waiting_run(plane, "skip")
    end_runs(plane)
    with acting_for(plane.tenant):
        services.run_schedule_now("hourly", idempotency_key=None)
    plane.drain()
    tick(plane, hour(2))
    assert [outcome for outcome, _, _ in outcomes(plane, "hourly")] == ["made", "made", "skipped"]


def test_overlap_that_nobody_looks_for_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(
        transitions,
        "BUSY",
        "SELECT s.id FROM unnest(%(ids)s::uuid[]) AS s (id) WHERE false AND %(latest)s > 0 AND %(final)s IS NULL",
    )
    with pytest.raises(AssertionError):
        test_skipped_ticks_are_told_by_the_next_event(plane)


def tick_once(plane: Plane, at: datetime) -> None:
    """One look at what is due: what waits for a run would else be looked at for ever."""
    plane.root.execute(
        "UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'schedule.tick' AND open"
    )
    with clock(at):
        jobs = [job for job in plane.dispatch() if job.topic == "schedule.tick"]
        work_off(plane.tenant.id, [job.id for job in jobs], BEGIN["schedule.tick"])
