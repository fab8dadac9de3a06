"""A schedule that is changed, paused, resumed or deleted: the job of before does nothing, and nothing is forgotten."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.problems import problems_of
from automate.kernel.tenancy import acting_for
from automate.recovery import poison
from automate.triggers.schedules import services, ticks
from automate.triggers.schedules.services import NewSchedule
from tests.support.plane import Plane
from tests.support.schedules import (
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
DAWN = datetime(1, 1, 1, tzinfo=timezone.utc)


def states(plane: Plane) -> list[str]:
    rows = plane.root.rows("SELECT state FROM public.outbox_job WHERE topic = 'schedule.tick' ORDER BY id")
    return [state for (state,) in rows]


def test_changed_plan_counts_from_now(plane: Plane) -> None:
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    with clock(timestamp("2027-03-01T02:00")):
        save(plane, "nightly", cron("0 4 * * *"))
    assert states(plane) == ["cancelled", "pending"]
    tick(plane, timestamp("2027-03-01T04:00"))
    assert planned(plane, "nightly") == [timestamp("2027-03-01T04:00")]


def test_tick_that_was_due_when_its_plan_changed_is_told(plane: Plane) -> None:
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    with clock(timestamp("2027-03-01T02:30:01")):
        save(plane, "nightly", cron("0 4 * * *"))
    tick(plane, timestamp("2027-03-01T04:00"))
    (payload,) = events(plane, "nightly")
    assert payload["missed"] == [{"planned_at": "2027-03-01T02:30:00+00:00", "reason": "changed"}]


def test_other_changes_leave_the_plan_as_it_is(plane: Plane) -> None:
    with clock(START):
        save(plane, "often", every(3600))
    job = read(plane, "often").job_id
    with clock(timestamp("2027-03-01T00:40")):
        save(plane, "often", every(3600), data={"n": 1})
    row = read(plane, "often")
    assert (row.job_id, row.planned_at, row.revision) == (job, timestamp("2027-03-01T01:00"), 2)
    with clock(timestamp("2027-03-01T00:50")):
        save(plane, "often", every(3600), data={"n": 1})
    assert read(plane, "often").revision == 2


def test_job_of_before_does_nothing(plane: Plane) -> None:
    """Held by a worker while the schedule is changed: it finds itself named no longer."""
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'schedule.tick'")
    held = plane.claim()
    at = timestamp("2027-03-01T02:30")
    with clock(at):
        save(plane, "nightly", cron("31 2 * * *"))
    with clock(at + timedelta(seconds=1)), acting_for(plane.tenant):
        ticks.tick_schedules(plane.run_set(), held)
    assert events(plane, "nightly") == []
    assert states(plane) == ["done", "pending"]


def test_job_of_before_that_is_heeded_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: any job about a schedule makes its tick."""
    lock = ticks.transitions.lock

    def heedless(schedule_ids: list[object]) -> object:
        from dataclasses import replace

        now, source, rows = lock(schedule_ids)
        jobs = plane.root.rows("SELECT subject_id, id FROM public.outbox_job WHERE state = 'claimed'")
        return (
            now,
            source,
            {key: replace(row, job_id=dict(jobs).get(key, row.job_id), planned_at=now) for key, row in rows.items()},
        )

    monkeypatch.setattr(ticks.transitions, "lock", heedless)
    with pytest.raises(AssertionError):
        test_job_of_before_does_nothing(plane)


def test_pause_keeps_a_note_and_nothing_comes_later(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
    with clock(timestamp("2027-03-01T01:00:01")), acting_for(plane.tenant):
        services.pause_schedule("hourly", "the receiver is moving house")
        services.pause_schedule("hourly", "")
    assert next_due(plane) is None
    assert read(plane, "hourly").paused_note == "the receiver is moving house"
    tick(plane, timestamp("2027-03-01T05:00"))
    with clock(timestamp("2027-03-01T05:30")), acting_for(plane.tenant):
        services.resume_schedule("hourly")
        services.resume_schedule("hourly")
    tick(plane, timestamp("2027-03-01T06:00"))
    (payload,) = events(plane, "hourly")
    assert payload["missed"] == [{"planned_at": "2027-03-01T01:00:00+00:00", "reason": "paused"}]
    assert outcomes(plane, "hourly") == [
        ("missed", timestamp("2027-03-01T01:00"), 0),
        ("made", timestamp("2027-03-01T06:00"), 0),
    ]
    assert plane.rows("SELECT action FROM audit_entry WHERE object_kind = 'schedule' ORDER BY id") == [
        ("schedule.create",),
        ("schedule.pause",),
        ("schedule.resume",),
    ]


def test_pause_takes_another_note(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
    with clock(timestamp("2027-03-01T00:10")), acting_for(plane.tenant):
        services.pause_schedule("hourly", "the receiver is moving house")
    with clock(timestamp("2027-03-01T00:20")), acting_for(plane.tenant):
        for _ in range(2):
            services.pause_schedule("hourly", "it has moved, and is being painted")
    row = read(plane, "hourly")
    assert (row.paused_at, row.paused_note) == (timestamp("2027-03-01T00:10"), "it has moved, and is being painted")
    assert plane.rows("SELECT changes::text FROM audit_entry WHERE action = 'schedule.pause' ORDER BY id OFFSET 1") == [
        ('{"note": ["the receiver is moving house", "it has moved, and is being painted"]}',)
    ]


@pytest.mark.parametrize("reason", ["paused", "changed"])
def test_all_ticks_that_were_due_are_told(plane: Plane, reason: str) -> None:
    """Of an outage, which ends with a pause or another plan: more than an event lists, and each is counted."""
    with clock(START):
        save(plane, "minutely", cron("* * * * *"))
    ends = START + timedelta(minutes=1_500)
    with clock(ends):
        if reason == "paused":
            with acting_for(plane.tenant):
                services.pause_schedule("minutely", "")
        else:
            save(plane, "minutely", every(60))
    assert outcomes(plane, "minutely") == [("missed", ends, 1_499)]
    missed = read(plane, "minutely").missed
    assert missed["count"] == 1_500
    assert missed["ticks"] == [
        {"planned_at": (ends - timedelta(minutes=ago)).isoformat(), "reason": reason} for ago in reversed(range(100))
    ]


def test_tick_that_jitter_had_yet_to_bring_is_told(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"), jitter_seconds=3_599)
    with clock(START + timedelta(hours=1)), acting_for(plane.tenant):
        services.pause_schedule("hourly", "")
    assert read(plane, "hourly").missed["count"] == 1


def test_end_of_an_interval_moves_no_tick(plane: Plane) -> None:
    with clock(START):
        save(plane, "daily", every(86_400))
    with clock(START + timedelta(hours=23, minutes=50)):
        save(plane, "daily", every(86_400, ends_at=START + timedelta(days=9)))
    assert next_due(plane) == START + timedelta(days=1)
    with clock(START + timedelta(hours=23, minutes=55)):
        save(plane, "daily", every(43_200, ends_at=START + timedelta(days=9)))
    assert next_due(plane) == START + timedelta(hours=35, minutes=55)


def test_zone_that_is_gone_stops_nothing_but_its_ticks(plane: Plane) -> None:
    with clock(START):
        save(plane, "nightly", cron("30 2 * * *"))
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".schedule SET timezone = %s', "Mars/Base")
    with clock(START + timedelta(days=2)), acting_for(plane.tenant):
        services.pause_schedule("nightly", "")
        for verb in (services.resume_schedule, lambda slug: services.run_schedule_now(slug, idempotency_key=None)):
            with pytest.raises(NormalizedError, match="Mars/Base") as refused:
                verb("nightly")
            assert refused.value.code == "INVALID_SCHEDULE"
    assert read(plane, "nightly").missed["count"] == 1
    with clock(START + timedelta(days=2)):
        save(plane, "nightly", cron("30 2 * * *"))
        with acting_for(plane.tenant):
            services.resume_schedule("nightly")
    assert next_due(plane) == timestamp("2027-03-03T02:30")


def test_schedule_that_moved_on_is_not_deleted(plane: Plane) -> None:
    with clock(START):
        for name in ("One", "Two"):
            save(plane, "hourly", cron("0 * * * *"), event_type=name)
    with acting_for(plane.tenant):
        with pytest.raises(NormalizedError, match=r"2.*delete") as refused:
            services.delete_schedule("hourly", expected_revision=1)
        assert refused.value.code == "CONFLICT"
        services.delete_schedule("hourly", expected_revision=2)
    assert plane.rows("SELECT count(*) FROM schedule") == [(0,)]


def test_paused_schedule_may_be_changed_and_stays_paused(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
        with acting_for(plane.tenant):
            services.pause_schedule("hourly", "")
        save(plane, "hourly", cron("30 * * * *"))
    assert next_due(plane) is None
    with clock(START), acting_for(plane.tenant):
        services.resume_schedule("hourly")
    assert next_due(plane) == timestamp("2027-03-01T00:30")


def test_once_that_passed_in_a_pause_has_ended(plane: Plane) -> None:
    with clock(START):
        save(plane, "once", once_at(timestamp("2027-03-01T01:00")))
        with acting_for(plane.tenant):
            services.pause_schedule("once", "")
    with clock(timestamp("2027-03-01T02:00")), acting_for(plane.tenant):
        services.resume_schedule("once")
    assert read(plane, "once").planned_at is None


def test_deleted_schedule_leaves_its_events(plane: Plane) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
    tick(plane, timestamp("2027-03-01T01:00"))
    with acting_for(plane.tenant):
        services.delete_schedule("hourly", expected_revision=None)
        with pytest.raises(NormalizedError, match=r"^NOT_FOUND: "):
            services.delete_schedule("hourly", expected_revision=None)
    tick(plane, timestamp("2027-03-01T05:00"))
    assert len(events(plane, "hourly")) == 1
    assert plane.rows("SELECT (SELECT count(*) FROM schedule), (SELECT count(*) FROM schedule_tick)") == [(0, 0)]
    assert "cancelled" in states(plane)


def test_no_schedule_says_that_a_run_has_failed(plane: Plane) -> None:
    new = NewSchedule("bad", "Bad", every(60), event_type="run.failed")
    with acting_for(plane.tenant), pytest.raises(NormalizedError, match=r"run\.failed") as refused:
        services.save_schedule(new, expected_revision=None)
    assert (refused.value.code, refused.value.path) == ("BAD_USER_INPUT", ["eventType"])


@pytest.mark.parametrize(
    ("plan", "options", "paths"),
    [
        (cron("61 2 * * *", "Mars/Base"), {}, [["plan", "cron", "expression"], ["plan", "cron", "timezone"]]),
        (cron("0 0 31 2 *"), {}, [["plan", "cron", "expression"]]),
        (cron("0 0 * 2 MON#5"), {}, [["plan", "cron", "expression"]]),
        (cron("* * *"), {"jitter_seconds": 3_601}, [["plan", "cron", "expression"], ["jitterSeconds"]]),
        (every(59), {}, [["plan", "interval", "everySeconds"]]),
        (every(60), {"jitter_seconds": 60}, [["jitterSeconds"]]),
        (cron("* * * * *"), {"jitter_seconds": 60}, [["jitterSeconds"]]),
        (cron("0,50 * * * *"), {"jitter_seconds": 600}, [["jitterSeconds"]]),
        (cron("0,30 0,23 * * *"), {"jitter_seconds": 1_800}, [["jitterSeconds"]]),
        (
            cron("55 * * * *", starts_at=START, ends_at=START),
            {"jitter_seconds": 3_600},
            [["endsAt"], ["jitterSeconds"]],
        ),
        (cron("0 0 * * *", "localtime"), {}, [["plan", "cron", "timezone"]]),
        (cron("0 0 * * *", "Factory"), {}, [["plan", "cron", "timezone"]]),
        (every(60, starts_at=DAWN), {}, [["startsAt"]]),
        (cron("0 0 * * *", ends_at=DAWN), {}, [["endsAt"]]),
        (once_at(DAWN), {}, [["plan", "at"]]),
        (once_at(START), {}, [["plan", "at"]]),
        (cron("0 0 * * *", ends_at=START + timedelta(hours=1)), {}, [["endsAt"]]),
        (
            cron("0 0 * * *", starts_at=START + timedelta(days=2), ends_at=START + timedelta(days=1)),
            {},
            [["endsAt"]],
        ),
        (every(60, starts_at=START + timedelta(days=5_000)), {}, [["startsAt"]]),
    ],
)
def test_refusal_names_all_problems_with_their_places(plane: Plane, plan: object, options: dict, paths: list) -> None:  # type: ignore[type-arg]
    with clock(START), acting_for(plane.tenant), pytest.raises(NormalizedError) as refused:
        services.save_schedule(NewSchedule("bad", "Bad", plan, **options), expected_revision=None)  # type: ignore[arg-type]
    assert refused.value.code == "INVALID_SCHEDULE"
    assert [problem.path for problem in problems_of(refused.value)] == paths
    assert plane.rows("SELECT count(*) FROM schedule") == [(0,)]


def test_one_schedule_too_many_is_refused(
    plane: Plane, planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LIMITS", LIMITS.__class__(schedules=2))
    (other,) = planes(1)
    save(other, "a", every(60))
    for slug in ("a", "b"):
        save(plane, slug, every(60))
    with pytest.raises(NormalizedError, match="2 schedules"):
        save(plane, "c", every(60))
    save(plane, "b", every(90))


def test_tenant_of_an_earlier_release_gets_the_source_of_ticks(plane: Plane) -> None:
    migration = importlib.import_module("automate.triggers.schedules.migrations.0001_initial")
    schema = plane.tenant.schema
    plane.root.execute(f'DELETE FROM "{schema}".source WHERE slug = %s', "schedules")
    for _ in range(2):
        plane.root.execute(f'SET search_path = "{schema}"')
        plane.root.execute(migration.SOURCE)
        plane.root.execute("RESET search_path")
    ((row_id, built_in),) = plane.rows("SELECT id, built_in FROM source WHERE slug = 'schedules'")
    assert (row_id.version, row_id.variant, built_in) == (7, uuid.RFC_4122, True)


def test_only_the_newest_ticks_are_kept(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "SETS_PER_PRUNING", 1)
    monkeypatch.setattr(ticks.transitions, "TICKS_KEPT", 3)
    with clock(START):
        save(plane, "minutely", cron("* * * * *"))
    for minute in range(1, 8):
        tick(plane, START + timedelta(minutes=minute))
    assert [at for _, at, _ in outcomes(plane, "minutely")] == [
        START + timedelta(minutes=minute) for minute in (5, 6, 7)
    ]
    assert len(events(plane, "minutely")) == 7


def test_tick_that_cannot_be_made_is_a_dead_job_and_goes_on_when_redriven(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
    at, job = START + timedelta(hours=1, minutes=1), read(plane, "hourly").job_id
    plane.root.execute(f'DELETE FROM "{plane.tenant.schema}".source WHERE slug = %s', "schedules")
    for _ in range(ticks.MAX_ATTEMPTS):
        plane.root.pass_seconds(600)
        tick(plane, at)
    assert plane.root.rows("SELECT id, state FROM public.outbox_job WHERE topic = 'schedule.tick'") == [(job, "dead")]
    assert read(plane, "hourly").planned_at == START + timedelta(hours=1)
    migration = importlib.import_module("automate.triggers.schedules.migrations.0001_initial")
    plane.root.execute(f'SET search_path = "{plane.tenant.schema}"')
    plane.root.execute(migration.SOURCE)
    plane.root.execute("RESET search_path")
    assert job is not None
    with acting_for(plane.tenant):
        assert poison.redrive([job]).jobs == [job]
    tick(plane, at)
    assert planned(plane, "hourly") == [START + timedelta(hours=1)]


def test_time_that_comes_back_makes_no_second_event(plane: Plane) -> None:
    """The server's clock was set back after a tick, and the plan was saved anew before it had caught up."""
    with clock(START):
        save(plane, "hourly", cron("0 * * * *"))
    tick(plane, START + timedelta(hours=1))
    with clock(START + timedelta(minutes=59)):
        save(plane, "hourly", cron("0 */1 * * *"))
    tick(plane, START + timedelta(hours=1))
    tick(plane, START + timedelta(hours=2))
    assert planned(plane, "hourly") == [START + timedelta(hours=1), START + timedelta(hours=2)]
    assert [at for _, at, _ in outcomes(plane, "hourly")] == planned(plane, "hourly")
