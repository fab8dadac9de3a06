"""Keys go by the order in which events were received, in whatever order the workers that match them come to ask."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.outbox.jobs import ClaimedJob
from automate.recovery.plans import RetryRequest
from automate.recovery.replaying import replay_event
from automate.recovery.retrying import retry_runs
from automate.runs.concurrency import claims
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from tests.support.facts import naming
from tests.support.keyed import a_minute_later, keyed, order, runs_of, slots
from tests.support.plane import Plane, work_off
from tests.support.racing import race

PERSON = Principal(kind="member", name="ada")
ASKING = claims.ARRIVE.replace(claims.CAME, "extract(epoch FROM clock_timestamp())")
"""The sabotaged twin: who asks first is taken for the one who came first."""


def received(plane: Plane, count: int, customer: Any = "acme") -> list[ClaimedJob]:
    """Events of one key, each in a commit of its own, and the jobs that match them, in the order of the events."""
    events = [plane.send({"customer": customer})[0] for _ in range(count)]
    jobs = {job.subject_id: job for job in plane.claim()}
    return [jobs[event] for event in events]


def match(plane: Plane, jobs: Sequence[ClaimedJob]) -> None:
    """Each by a worker of its own, one after the other."""
    for job in jobs:
        with acting_for(plane.tenant):
            match_events(plane.run_set(), [job])


def by_event(plane: Plane) -> list[tuple[str, str]]:
    return plane.rows(
        "SELECT r.state, r.state_reason FROM execution_run r JOIN event e ON e.id = r.event_id ORDER BY e.received_at, e.id"
    )


def begun(plane: Plane, jobs: Sequence[ClaimedJob]) -> list[int]:
    """The numbers of the events whose runs have begun, in the order in which they did."""
    numbers = {job.subject_id: number for number, job in enumerate(jobs)}
    rows = plane.rows("SELECT event_id FROM execution_run WHERE started_at IS NOT NULL ORDER BY started_at, id")
    return [numbers[event] for (event,) in rows]


def to_the_end(plane: Plane, count: int) -> None:
    for _ in range(count):
        a_minute_later(plane)
    assert [state for state, _ in plane.runs()] == ["succeeded"] * count


@pytest.mark.parametrize("turns", list(itertools.permutations(range(3))), ids=str)
def test_run_of_the_newest_event_goes_on_whichever_is_matched_first(plane: Plane, turns: tuple[int, ...]) -> None:
    keyed(plane, strategy="cancel_in_progress")
    jobs = received(plane, 3)
    match(plane, [jobs[turn] for turn in turns])
    plane.drain()
    assert [state for state, _ in by_event(plane)] == ["cancelled", "cancelled", "waiting"]
    a_minute_later(plane)
    assert [state for state, _ in by_event(plane)] == ["cancelled", "cancelled", "succeeded"]


def test_older_event_that_is_matched_last_is_told_whose_place_it_would_take(plane: Plane) -> None:
    keyed(plane, strategy="cancel_in_progress")
    older, newer = received(plane, 2)
    match(plane, [newer])
    (newest,) = runs_of(plane)
    match(plane, [older])
    assert by_event(plane)[0] == ("cancelled", naming(newest))
    assert slots(plane) == [(newest, True)]
    assert plane.rows("SELECT count(*) FROM execution_run WHERE started_at IS NOT NULL") == [(1,)], "it never began"


def test_newest_events_of_several_slots_go_on(plane: Plane) -> None:
    keyed(plane, strategy="cancel_in_progress", limit=2)
    jobs = received(plane, 4)
    match(plane, [jobs[turn] for turn in (3, 0, 2, 1)])
    plane.drain()
    assert [state for state, _ in by_event(plane)] == ["cancelled", "cancelled", "waiting", "waiting"]


def test_what_waits_begins_in_the_order_of_the_events(plane: Plane) -> None:
    keyed(plane)
    jobs = received(plane, 5)
    match(plane, [jobs[turn] for turn in (0, 4, 2, 3, 1)])
    to_the_end(plane, 5)
    assert begun(plane, jobs) == [0, 1, 2, 3, 4]


def test_event_that_is_matched_too_late_for_its_turn_is_next(plane: Plane) -> None:
    """What has begun has begun: no run waits for events that may never come to its key."""
    keyed(plane)
    jobs = received(plane, 4)
    match(plane, [jobs[turn] for turn in (1, 3, 2, 0)])
    to_the_end(plane, 4)
    assert begun(plane, jobs) == [1, 0, 2, 3]


def test_events_of_one_commit_are_in_the_order_of_their_ids(plane: Plane) -> None:
    keyed(plane)
    events = plane.send(*[{"customer": "acme"}] * 4)
    assert plane.rows("SELECT count(DISTINCT received_at) FROM event") == [(1,)]
    by_id = {job.subject_id: job for job in plane.claim()}
    jobs = [by_id[event] for event in sorted(events)]
    match(plane, [jobs[turn] for turn in (0, 3, 2, 1)])
    to_the_end(plane, 4)
    assert begun(plane, jobs) == [0, 1, 2, 3]


def newest_first(plane: Plane) -> None:
    test_run_of_the_newest_event_goes_on_whichever_is_matched_first(plane, (2, 0, 1))


@pytest.mark.parametrize("law", [newest_first, test_what_waits_begins_in_the_order_of_the_events])
def test_order_of_asking_is_found_out(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, law: Callable[[Plane], None]
) -> None:
    assert ASKING != claims.ARRIVE
    monkeypatch.setattr(claims, "ARRIVE", ASKING)
    with pytest.raises(AssertionError):
        law(plane)


def test_repeated_message_keeps_the_place(plane: Plane) -> None:
    """A worker is lost with all that it holds, and what it had decided stands."""
    keyed(plane)
    jobs = received(plane, 4)
    match(plane, [jobs[turn] for turn in (0, 3, 1)])
    before = slots(plane)
    assert len(before) == 3
    plane.root.expire_leases()
    plane.root.execute("UPDATE public.outbox_job SET due_at = now(), parked = '' WHERE state = 'pending'")
    for _ in range(2):
        taken = [job.id for job in plane.dispatch()]
        work_off(plane.tenant.id, [job for job in taken if job in runs_of(plane)], RunSet.take)
    assert slots(plane)[:1] == before[:1]
    match(plane, [jobs[2]])
    plane.drain()
    to_the_end(plane, 4)
    assert begun(plane, jobs) == [0, 1, 2, 3]


def retried(plane: Plane, run: uuid.UUID) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(PERSON):
        (made,) = retry_runs([run], RetryRequest(), plan_id=None, idempotency_key=None).run_ids
    return made


def replayed(plane: Plane, run: uuid.UUID) -> uuid.UUID:
    ((event,),) = plane.rows("SELECT event_id FROM execution_run WHERE id = %s", run)
    with acting_for(plane.tenant), acting_as(PERSON):
        (made,) = replay_event(event, depth=0, idempotency_key=None).run_ids
    return made


AGAIN = {"retry": retried, "replay": replayed}


@pytest.mark.parametrize("name", list(AGAIN))
def test_run_that_a_person_asked_for_came_when_they_asked(plane: Plane, name: str) -> None:
    """Of an old event: it takes the place of the run of a newer one, as whoever asks for it wants."""
    keyed(plane, strategy="cancel_in_progress")
    first, second = order(plane, "acme", "acme")
    again = AGAIN[name](plane, first)
    plane.drain()
    states = dict(plane.rows("SELECT id, state FROM execution_run"))
    assert states == {first: "cancelled", second: "cancelled", again: "waiting"}


@pytest.mark.parametrize("name", list(AGAIN))
def test_run_that_a_person_asked_for_queues_up_behind_who_waits(plane: Plane, name: str) -> None:
    keyed(plane)
    first, second = order(plane, "acme", "acme")
    a_minute_later(plane)
    third = order(plane, "acme")[-1]
    if name == "retry":
        plane.rows("UPDATE execution_run SET state = 'failed' WHERE id = %s RETURNING id", first)
    again = AGAIN[name](plane, first)
    plane.drain()
    assert slots(plane) == [(second, True), (third, False), (again, False)]


def test_racing_workers_leave_the_newest_of_each_key(plane: Plane) -> None:
    keys, workers = 20, 4
    keyed(plane, strategy="cancel_in_progress")
    plane.root.execute("UPDATE public.budget SET \"limit\" = 1000 WHERE metric = 'concurrent_runs'")
    for _ in range(4):
        for customer in range(keys):
            plane.send({"customer": customer})
    ids = [job.id for job in plane.dispatch(window=4 * keys)]
    assert len(ids) == 4 * keys

    def act(number: int) -> None:
        # The last ones first.
        mine = ids[::-1][number::workers]
        for start in range(0, len(mine), 4):
            work_off(plane.tenant.id, mine[start : start + 4], match_events)

    assert race(workers, act) == [None] * workers
    plane.drain()
    rows = plane.rows(
        "SELECT convert_from(p.body, 'UTF8')::jsonb ->> 'customer', r.state FROM execution_run r"
        " JOIN event e ON e.id = r.event_id JOIN event_payload p ON p.event_id = e.id ORDER BY e.received_at, e.id"
    )
    assert len(rows) == 4 * keys
    assert dict(rows) == {str(customer): "waiting" for customer in range(keys)}, "the last of each key"
    assert [state for _, state in rows].count("cancelled") == 3 * keys


def test_next_in_line_is_found_without_reading_the_line(plane: Plane) -> None:
    """Who is next, and who came last, are the ends of an index, however many wait."""
    plane.rows(
        "INSERT INTO run_slot (run_id, digest, place, event_id, key, most, held) SELECT gen_random_uuid(), md5((n %% 3)::text), n / 10,"
        " gen_random_uuid(), 'acme', 1, false FROM generate_series(1, 30000) n RETURNING run_id"
    )
    plane.root.execute(f'ANALYZE "{plane.tenant.schema}".run_slot')
    with acting_for(plane.tenant):
        digests = [digest for (digest,) in fetch("SELECT DISTINCT digest FROM run_slot")]
        ((plans,),) = fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {claims.HAND_OVER}", [digests])
    (plan,) = json.loads(plans) if isinstance(plans, str) else plans
    read = [node["Actual Rows"] for node in nodes(plan["Plan"]) if node.get("Relation Name") == "run_slot"]
    assert read
    assert max(read) <= 3


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for one in plan.get("Plans", []) for inner in nodes(one))]
