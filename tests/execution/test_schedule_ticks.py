"""Ticks of schedules: which planned times make events, and what the events say."""

from __future__ import annotations

from datetime import timedelta

from automate.kernel.tenancy import acting_for
from automate.triggers.schedules import services
from tests.support.plane import Plane, Scripted, connectors
from tests.support.schedules import (
    BERLIN,
    clock,
    cron,
    events,
    every,
    next_due,
    once_at,
    outcomes,
    planned,
    read,
    save,
    tick,
    timestamp,
)

START = timestamp("2027-03-01T00:00")


def test_tick_is_an_event_of_the_planned_time(plane: Plane) -> None:
    with clock(START):
        schedule = save(plane, "nightly", cron("30 2 * * *", BERLIN), data={"team": "ops"})
    assert next_due(plane) == timestamp("2027-03-01T01:30")
    tick(plane, timestamp("2027-03-01T01:30:07"))
    assert events(plane, "nightly") == [
        {
            "schedule": "nightly",
            "planned_at": "2027-03-01T01:30:00+00:00",
            "local": "2027-03-01T02:30:00+01:00",
            "timezone": BERLIN,
            "by_hand": False,
            "missed_count": 0,
            "missed": [],
            "data": {"team": "ops"},
        }
    ]
    rows = plane.rows(
        "SELECT e.type, e.subject, e.occurred_at, e.idempotency_key, s.slug, e.actor_kind FROM event e JOIN source s ON s.id = e.source_id"
    )
    at = timestamp("2027-03-01T01:30")
    assert rows == [("schedule.tick", "nightly", at, f"{schedule}:{at.isoformat()}", "schedules", "system")]
    assert next_due(plane) == timestamp("2027-03-02T01:30")
    assert outcomes(plane, "nightly") == [("made", at, 0)]
    assert plane.root.rows("SELECT state FROM public.outbox_job WHERE topic = 'schedule.tick' ORDER BY id") == [
        ("done",),
        ("pending",),
    ]


def test_tick_starts_what_a_rule_says(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("report", [{"key": "do", "uses": scripted.name}], when={"==": [{"var": "subject"}, "nightly"]})
        with clock(START):
            save(plane, "nightly", cron("30 2 * * *"), event_type="report.due")
        tick(plane, timestamp("2027-03-01T02:30"))
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert plane.rows("SELECT type FROM event") == [("report.due",)]


def test_late_ticks_are_one_event_that_lists_the_others(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"), catch_up_seconds=3 * 3600)
    tick(plane, timestamp("2027-03-01T06:00:30"))
    assert planned(plane, "hourly") == [timestamp("2027-03-01T06:00")]
    (payload,) = events(plane, "hourly")
    assert payload["missed_count"] == 5
    assert payload["missed"] == [
        *({"planned_at": f"2027-03-01T0{hour}:00:00+00:00", "reason": "too_late"} for hour in (1, 2, 3)),
        *({"planned_at": f"2027-03-01T0{hour}:00:00+00:00", "reason": "collapsed"} for hour in (4, 5)),
    ]
    assert outcomes(plane, "hourly") == [("made", timestamp("2027-03-01T06:00"), 5)]
    tick(plane, timestamp("2027-03-01T07:00"))
    assert events(plane, "hourly")[-1]["missed"] == []


def test_late_ticks_come_each_where_that_is_asked(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"), catch_up="each", catch_up_seconds=3 * 3600)
    tick(plane, timestamp("2027-03-01T06:00:30"))
    assert planned(plane, "hourly") == [timestamp(f"2027-03-01T0{hour}:00") for hour in (4, 5, 6)]
    assert [payload["missed_count"] for payload in events(plane, "hourly")] == [3, 0, 0]


def test_what_is_too_late_altogether_is_told_by_the_next_event(plane: Plane) -> None:
    with clock(START):
        save(plane, "daily", cron("0 1 * * *"), catch_up_seconds=60)
    tick(plane, timestamp("2027-03-01T01:01:01"))
    assert events(plane, "daily") == []
    assert outcomes(plane, "daily") == [("missed", timestamp("2027-03-01T01:00"), 0)]
    assert read(plane, "daily").missed["count"] == 1
    tick(plane, timestamp("2027-03-02T01:00:01"))
    (payload,) = events(plane, "daily")
    assert payload["missed"] == [{"planned_at": "2027-03-01T01:00:00+00:00", "reason": "too_late"}]
    assert read(plane, "daily").missed == {}


def test_outage_of_weeks_is_caught_up_in_bounded_steps(plane: Plane) -> None:
    """26 days of minutes: more than one transaction looks at, and still one event, which counts all and lists the latest."""
    with clock(START):
        save(plane, "minutely", cron("* * * * *"), catch_up_seconds=366 * 86_400)
    ends = START + timedelta(minutes=37_440)
    tick(plane, ends)
    (payload,) = events(plane, "minutely")
    assert payload["planned_at"] == ends.isoformat()
    assert payload["missed_count"] == 37_439
    assert len(payload["missed"]) == 100
    assert payload["missed"][-1]["planned_at"] == (ends - timedelta(minutes=1)).isoformat()
    assert len(outcomes(plane, "minutely")) == 38


def test_interval_counts_from_its_anchor(plane: Plane) -> None:
    with clock(timestamp("2027-03-01T00:00:10.500")):
        save(plane, "often", every(90))
        save(plane, "later", every(90, starts_at=timestamp("2027-03-01T01:00")))
    tick(plane, timestamp("2027-03-01T00:01:40"))
    tick(plane, timestamp("2027-03-01T00:03:10"))
    assert planned(plane, "often") == [timestamp("2027-03-01T00:01:40"), timestamp("2027-03-01T00:03:10")]
    assert planned(plane, "later") == []
    tick(plane, timestamp("2027-03-01T01:00"))
    assert planned(plane, "later") == [timestamp("2027-03-01T01:00")]


def test_plan_ends(plane: Plane) -> None:
    with clock(START):
        save(plane, "once", once_at(timestamp("2027-03-05T12:00")))
        save(plane, "thrice", cron("0 12 * * *", ends_at=timestamp("2027-03-04T12:00")))
    for day in range(1, 9):
        tick(plane, timestamp(f"2027-03-0{day}T12:00"))
    assert planned(plane, "once") == [timestamp("2027-03-05T12:00")]
    assert planned(plane, "thrice") == [timestamp(f"2027-03-0{day}T12:00") for day in (1, 2, 3)]
    assert {(read(plane, slug).planned_at, read(plane, slug).job_id) for slug in ("once", "thrice")} == {(None, None)}
    assert next_due(plane) is None


def test_jitter_puts_off_by_the_same_time_always(plane: Plane) -> None:
    from automate.triggers.schedules.plan import jitter

    with clock(START):
        schedule = save(plane, "spread", cron("0 12 * * *"), jitter_seconds=600)
    at = timestamp("2027-03-01T12:00")
    put_off = jitter(schedule, at, 600)
    assert timedelta(0) < put_off < timedelta(seconds=600)
    assert next_due(plane) == at + put_off
    tick(plane, at + put_off - timedelta(milliseconds=1))
    assert events(plane, "spread") == []
    tick(plane, at + put_off)
    assert planned(plane, "spread") == [at]


def test_job_that_is_woken_early_waits_on(plane: Plane) -> None:
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'schedule.tick'")
    with clock(timestamp("2027-03-01T02:29")):
        plane.work()
    assert events(plane, "nightly") == []
    assert outcomes(plane, "nightly") == []
    tick(plane, timestamp("2027-03-01T02:30"))
    assert len(events(plane, "nightly")) == 1


def test_hand_makes_a_tick_and_moves_no_plan(plane: Plane) -> None:
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    with acting_for(plane.tenant), clock(timestamp("2027-03-01T02:30")):
        first = services.run_schedule_now("nightly", idempotency_key="k")
    with acting_for(plane.tenant), clock(timestamp("2027-03-01T02:31")):
        assert services.run_schedule_now("nightly", idempotency_key="k") == first
    (payload,) = events(plane, "nightly")
    assert payload["by_hand"] is True
    # The plan's own tick of that very time comes besides.
    tick(plane, timestamp("2027-03-01T02:30"))
    assert [payload["by_hand"] for payload in events(plane, "nightly")] == [True, False]
