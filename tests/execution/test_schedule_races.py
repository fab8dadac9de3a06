"""Several schedulers at once, late workers and repeated messages: each planned time makes one event."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.triggers.schedules import ticks, transitions
from tests.support.plane import BEGIN, Plane, counting, work_off
from tests.support.racing import race
from tests.support.schedules import clock, cron, next_due, outcomes, planned, read, save, timestamp

START = timestamp("2027-03-01T00:00")
TICK = "schedule.tick"


def due_now(plane: Plane) -> None:
    plane.root.execute(
        "UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'schedule.tick' AND open"
    )


def each_once(plane: Plane) -> None:
    made = Counter(plane.rows("SELECT subject, occurred_at FROM event"))
    assert set(made.values()) <= {1}


def test_eight_schedulers_make_each_tick_once(plane: Plane) -> None:
    """Each of them dispatches what is due and does what it got, and what the others got besides: every message comes eight times."""
    with clock(START):
        for number in range(24):
            save(plane, f"s{number}", cron("* * * * *"))
    for minute in range(1, 6):
        due_now(plane)
        with clock(START + timedelta(minutes=minute, seconds=1)):
            ids = [job.id for job in plane.dispatch(window=100) if job.topic == TICK]
            assert len(ids) == 24
            assert race(8, lambda _: work_off(plane.tenant.id, ids, BEGIN[TICK])) == [None] * 8  # noqa: B023 - used within the loop
    each_once(plane)
    assert plane.rows("SELECT count(*) FROM event") == [(120,)]


def late_worker(plane: Plane, slug: str = "minutely") -> None:
    """Two hold the same job, the first one's lease having ended; both make its tick at once."""
    with clock(START):
        save(plane, slug, cron("* * * * *"))
    due_now(plane)
    with clock(START + timedelta(minutes=1)):
        late = plane.claim()
        plane.root.expire_leases()
        now = plane.claim()

        def act(number: int) -> None:
            with acting_for(plane.tenant):
                ticks.tick_schedules(plane.run_set(), [late, now][number])

        assert race(2, act) == [None, None]
    each_once(plane)
    assert planned(plane, slug) == [START + timedelta(minutes=1)]
    assert read(plane, slug).planned_at == START + timedelta(minutes=2)


def test_late_worker_makes_nothing(plane: Plane) -> None:
    for number in range(5):
        late_worker(plane, f"minutely-{number}")
        plane.root.empty_queue()


def test_late_worker_that_is_let_in_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: without the row's lock, the job's fence, the event's key and the tick's place in the table."""
    monkeypatch.setattr(transitions, "LOCK", transitions.LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(claims, "FINISH", claims.FINISH.replace("AND j.fence = m.fence AND j.state = 'claimed'", ""))
    monkeypatch.setattr(ticks.transitions, "insert_ticks", lambda _rows: None)
    lock = ticks.transitions.lock

    def named(schedule_ids: Any) -> Any:
        now, source, rows = lock(schedule_ids)
        race_starts.wait(30)
        return now, source, rows

    race_starts = threading.Barrier(2)
    monkeypatch.setattr(ticks.transitions, "lock", named)
    original = ticks.tick_event
    monkeypatch.setattr(ticks, "tick_event", lambda *a, **k: original(*a, **{**k, "key": str(new_id())}))
    with pytest.raises(AssertionError):
        late_worker(plane)


@pytest.mark.slow
def test_save_and_tick_at_once_agree(plane: Plane) -> None:
    """Whichever is first: the tick is made or told as missed, and one job is left."""
    with clock(START):
        save(plane, "minutely", cron("* * * * *"))
    expressions = ("* * * * *", "*/1 * * * *")
    for minute in range(1, 21):
        due_now(plane)
        with clock(START + timedelta(minutes=minute, seconds=1)):
            held = plane.claim()

            def act(number: int) -> None:
                if number:
                    save(plane, "minutely", cron(expressions[minute % 2]))  # noqa: B023 - used within the loop
                else:
                    with acting_for(plane.tenant):
                        ticks.tick_schedules(plane.run_set(), held)  # noqa: B023

            assert race(2, act)[0] is None
        job = read(plane, "minutely").job_id
        assert plane.root.rows("SELECT id FROM public.outbox_job WHERE topic = 'schedule.tick' AND open") == [(job,)]
    each_once(plane)
    missed = read(plane, "minutely").missed.get("count", 0) + sum(
        payload
        for (payload,) in plane.rows(
            "SELECT (convert_from(body, 'UTF8')::jsonb ->> 'missed_count')::int FROM event_payload"
        )
    )
    assert len(planned(plane, "minutely")) + missed == 20
    assert next_due(plane) == START + timedelta(minutes=21)
    told = outcomes(plane, "minutely")
    assert {outcome for outcome, _, _ in told} <= {"made", "missed"}
    assert [at for _, at, _ in told] == [START + timedelta(minutes=minute) for minute in range(1, 21)]


SET = [
    ("WITH mine AS", False),  # claim
    ("SELECT now(), (SELECT", True),  # lock the schedules
    ("UPDATE outbox_job j", True),  # finish the jobs, which is the fence
    ("WITH declared AS", True),  # event, payload, key and job
    ("INSERT INTO schedule_tick", True),
    ("UPDATE schedule s", True),
    ("INSERT INTO outbox_job", True),  # the jobs of the next ticks
]


@pytest.mark.parametrize("count", [1, 8])
def test_set_of_ticks_costs_one_commit(plane: Plane, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "prune", lambda _ids, _most: None)
    monkeypatch.setattr("automate.events.services.prune_keys", lambda most: None)
    with clock(START):
        for number in range(count):
            save(plane, f"s{number}", cron("* * * * *"))
    due_now(plane)
    with clock(START + timedelta(minutes=1)):
        ids = [job.id for job in plane.dispatch()]
        with counting() as seen:
            work_off(plane.tenant.id, ids, BEGIN[TICK])
    said = [
        (words.replace(f"'{START + timedelta(minutes=1)}'", ""), inside)
        for words, inside in seen
        if not words.startswith("SELECT t.id")
    ]
    assert [
        (words if not words.startswith("SELECT timestamptz") else SET[1][0], inside) for words, inside in said
    ] == SET
    assert plane.rows("SELECT count(*) FROM event") == [(count,)]


def test_set_that_minds_open_runs_costs_one_statement_more(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "prune", lambda _ids, _most: None)
    monkeypatch.setattr("automate.events.services.prune_keys", lambda most: None)
    with clock(START):
        for number in range(8):
            save(plane, f"s{number}", cron("* * * * *"), overlap="skip")
    due_now(plane)
    with clock(START + timedelta(minutes=1)):
        ids = [job.id for job in plane.dispatch()]
        with counting() as seen:
            work_off(plane.tenant.id, ids, BEGIN[TICK])
    assert len([words for words, inside in seen if inside]) == len(SET)
