"""A restored database: what was open stops before its next effect, until an operator lets it go on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.epochs import transitions as epochs
from automate.outbox.epochs.transitions import Raised
from automate.recovery.controlling import cancel_runs, resume_runs
from automate.recovery.restored.services import release_all, release_named
from automate.runs import loaded_queries
from automate.runs.feed_queries import RUN_LOG
from automate.runs.waiting import RESTORED, waiting_for
from automate.runs.waiting_queries import holds_of
from tests.support.plane import Plane, Root, Scripted, connectors
from tests.support.racing import race

ELSEWHERE = "UPDATE public.database_epoch SET system_identifier = '1'"
"""As a dump that is restored into this cluster: the row names another one."""
FIRST = (
    "UPDATE public.database_epoch SET epoch = 1, system_identifier = '', timeline = NULL, database_oid = NULL,"
    " table_oid = NULL, raised_at = NULL, reason = ''"
)
RACERS = 8


@pytest.fixture(autouse=True)
def first_epoch(root: Root) -> Iterator[None]:
    root.execute(FIRST)
    yield
    root.execute(FIRST)


def note_restore() -> Raised | None:
    with acting_for_platform("a process starts", QUEUE_ROLE):
        return epochs.note_restore()


def epoch() -> int:
    with acting_for_platform("look", QUEUE_ROLE):
        return epochs.current().epoch


def restore(plane: Plane) -> Raised:
    """A process has run here before; then the database is one that was restored, and the first process starts."""
    note_restore()
    plane.root.execute(ELSEWHERE)
    raised = note_restore()
    assert raised is not None
    return raised


def runs_of(plane: Plane) -> list[uuid.UUID]:
    return [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def held(plane: Plane) -> list[str]:
    """The topics of the jobs that wait."""
    rows = plane.root.rows(
        "SELECT topic FROM public.outbox_job WHERE tenant_id = %s AND open AND restored ORDER BY id", plane.tenant.id
    )
    return [topic for (topic,) in rows]


def release(plane: Plane) -> int:
    with acting_for(plane.tenant):
        return len(release_all("looked at").job_ids)


def in_a_call(plane: Plane, scripted: Scripted, **step: Any) -> str:
    """A run of two calls whose first one is recorded and not made. Returns the call's key."""
    plane.publish(
        "two", [{"key": "a", "uses": scripted.name, **step}, {"key": "b", "uses": scripted.name, "needs": ["a"]}]
    )
    plane.send({})
    (call,) = plane.start_and_die()
    return call.key


def test_first_start_only_stores_which_database_it_is(plane: Plane) -> None:
    plane.send({})
    assert note_restore() is None
    assert note_restore() is None
    assert (epoch(), held(plane)) == (1, [])


@pytest.mark.parametrize("column", ["system_identifier", "timeline", "database_oid", "table_oid"])
def test_any_difference_raises_the_epoch_once(plane: Plane, column: str) -> None:
    note_restore()
    plane.root.execute(f"UPDATE public.database_epoch SET {column} = '7'")
    raised = note_restore()
    assert raised is not None
    assert raised.epoch == 2
    assert f"{column} was 7 and is" in raised.reason
    assert note_restore() is None
    assert epoch() == 2


def test_one_of_many_processes_raises_it(plane: Plane) -> None:
    note_restore()
    plane.send({})
    plane.root.execute(ELSEWHERE)
    found: list[Raised | None] = race(RACERS, lambda _number: note_restore())
    (winner,) = [raised for raised in found if raised is not None]
    assert (winner.epoch, winner.held, len(found), epoch()) == (2, 1, RACERS, 2)


def test_open_run_makes_no_call_before_it_is_released(plane: Plane) -> None:
    scripted = Scripted("keyed")
    with connectors(scripted):
        key = in_a_call(plane, scripted)
        assert restore(plane).held == 1
        plane.drain()
        plane.pass_seconds(100_000)
        plane.drain()
        assert (scripted.calls, plane.run_states(), held(plane)) == ([], ["paused"], [RUN_ADVANCE])
        assert plane.effects() == [("a", "intent", 1)]
        assert release(plane) == 1
        plane.drain()
    # The unknown one is made again under its key, which the ledger shows.
    assert scripted.calls[0].idempotency_key == key
    assert plane.effects() == [("a", "confirmed", 2), ("b", "confirmed", 1)]
    assert (plane.run_states(), held(plane)) == (["succeeded"], [])


def test_twin_that_does_not_stop_repeats_the_call_unseen(plane: Plane) -> None:
    """The law above must fail where runs are loaded without the mark."""
    scripted = Scripted("keyed")
    blind = loaded_queries.LOAD_RUNS.replace("AND j.restored)", "AND false)")
    assert blind != loaded_queries.LOAD_RUNS
    with connectors(scripted), mock.patch.object(loaded_queries, "LOAD_RUNS", blind):
        in_a_call(plane, scripted)
        restore(plane)
        plane.drain()
    assert len(scripted.calls) == 2


def test_unsafe_call_waits_for_a_person_after_the_release(plane: Plane) -> None:
    scripted = Scripted("unsafe")
    with connectors(scripted):
        in_a_call(plane, scripted)
        restore(plane)
        plane.drain()
        release(plane)
        plane.drain()
    assert scripted.calls == []
    assert plane.effects() == [("a", "uncertain", 1)]


def test_worker_that_survived_the_restore_writes_nothing(plane: Plane) -> None:
    scripted = Scripted("keyed")
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs = plane.claim()
        note_restore()
        plane.root.execute(ELSEWHERE)
        note_restore()
        with acting_for(plane.tenant):
            from automate.runs.matching import match_events

            assert match_events(plane.run_set(), jobs) == []
    assert plane.runs() == []


def test_event_that_was_not_matched_starts_nothing_before_its_release(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        restore(plane)
        plane.drain()
        assert (plane.runs(), held(plane)) == ([], ["event.match"])
        plane.send({})
        plane.drain()
        assert len(scripted.calls) == 1
        release(plane)
        plane.drain()
    assert len(scripted.calls) == 2


def test_run_that_waits_for_a_time_keeps_it(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}
    plane.publish("later", [wait, {"key": "note", "uses": "log.write", "needs": ["wait"], "with": {"message": "x"}}])
    plane.send({})
    plane.drain()
    restore(plane)
    assert held(plane) == [RUN_ADVANCE]
    release(plane)
    plane.drain()
    assert plane.run_states() == ["waiting"]
    plane.pass_seconds(601)
    plane.drain()
    assert plane.run_states() == ["succeeded"]


def test_wait_that_ends_meanwhile_starts_nothing(plane: Plane) -> None:
    scripted = Scripted()
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}
    with connectors(scripted):
        plane.publish("later", [wait, {"key": "a", "uses": scripted.name, "needs": ["wait"]}])
        plane.send({})
        plane.drain()
        restore(plane)
        plane.pass_seconds(601)
        plane.drain()
        assert (scripted.calls, plane.run_states()) == ([], ["paused"])
        release(plane)
        plane.drain()
    assert (len(scripted.calls), plane.run_states()) == (1, ["succeeded"])


def test_neither_time_nor_resume_nor_cancel_compensates_before_the_release(plane: Plane) -> None:
    scripted = Scripted()
    undo = {"uses": scripted.name, "with": {"undo": True}}
    steps = [
        {"key": "a", "uses": scripted.name, "with": {"undo": False}, "compensate": undo},
        {"key": "wait", "uses": "flow.delay", "needs": ["a"], "with": {"seconds": 600}},
    ]
    with connectors(scripted):
        plane.publish("undone", steps, timeout_seconds=900)
        plane.send({}, {})
        plane.drain()
        assert len(scripted.calls) == 2
        restore(plane)
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".execution_run SET deadline_at = now() - interval '1 hour'"
        )
        plane.pass_seconds(100_000)
        plane.drain()
        first, second = runs_of(plane)
        plane.by_ada(lambda: resume_runs([first], "go on"))
        plane.by_ada(lambda: cancel_runs([second], "no more"))
        plane.drain()
        assert len(scripted.calls) == 2
        assert plane.run_states() == ["paused", "cancelling"]
        plane.root.execute("UPDATE public.database_epoch SET raised_at = now() - interval '2 hours'")
        release(plane)
        plane.drain()
    assert [call.input["undo"] for call in scripted.calls] == [False, False, True]
    # The time that it was held is given back.
    assert plane.run_states() == ["succeeded", "cancelled"]


def test_run_says_what_it_waits_for(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        in_a_call(plane, scripted)
        restore(plane)
        (run,) = runs_of(plane)
        for _ in range(2):
            with acting_for(plane.tenant):
                found = waiting_for(holds_of([run])[run], None)
            assert found is not None
            assert found.sentence == RESTORED
            plane.drain()


def test_named_jobs_are_released_one_by_one(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        first, second = plane.send({}, {})
        restore(plane)
        with acting_for(plane.tenant):
            released = release_named([first, None, uuid.UUID(int=1)], "seen in the other system")
        assert (released.job_ids, released.remaining) == ([first], 1)
        assert [error.path for error in released.errors] == [["jobs", "1"], ["jobs", "2"]]
        plane.drain()
        assert (len(scripted.calls), held(plane)) == (1, ["event.match"])
        with acting_for(plane.tenant):
            again = release_named([first, second], "seen")
            with pytest.raises(NormalizedError):
                release_named([], "none")
        assert (again.job_ids, again.remaining, again.errors) == ([second], 0, [])
    entries = plane.rows(
        "SELECT action, changes ->> 'jobs' FROM audit_entry WHERE action = 'restored.release' ORDER BY id"
    )
    assert len(entries) == 2


def test_other_tenants_jobs_are_not_released(planes: Any) -> None:
    one, other = planes(2)
    for plane in (one, other):
        plane.send({})
    restore(one)
    assert release(one) == 1
    assert (held(one), held(other)) == ([], ["event.match"])
    with acting_for(one.tenant):
        ids = [
            row[0] for row in other.root.rows("SELECT id FROM public.outbox_job WHERE tenant_id = %s", other.tenant.id)
        ]
        assert release_named(ids, "not mine").errors != []
    assert held(other) == ["event.match"]


def test_state_by_hand_holds_what_is_open(plane: Plane) -> None:
    note_restore()
    plane.send({})
    with acting_for_platform("by hand", QUEUE_ROLE):
        raised = epochs.raise_by_hand("a snapshot of the disk")
    assert (raised.epoch, raised.held, held(plane)) == (2, 1, ["event.match"])
    assert note_restore() is None


def test_feed_shows_new_rows_though_their_transactions_are_younger(plane: Plane) -> None:
    """Another cluster's transaction ids begin again: rows of the epoch before bear greater ones."""
    note = {"key": "note", "uses": "log.write", "with": {"message": "x"}}
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}
    plane.publish("later", [wait, {**note, "needs": ["wait"]}])
    plane.send({})
    plane.drain()
    ahead = 10**12
    with plane.root.connection.transaction():
        plane.root.execute("SET LOCAL session_replication_role = replica")
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".run_log SET xid = xid + {ahead}')
    with acting_for(plane.tenant):
        before = RUN_LOG.bounds()
        assert before.newest is None
    restore(plane)
    with acting_for(plane.tenant):
        after = RUN_LOG.bounds()
        assert after.epoch == 2
        assert after.newest is not None
        assert RUN_LOG.resume(after.newest, after) == (2, 0, 0)
    release(plane)
    plane.pass_seconds(601)
    plane.drain()
    with acting_for(plane.tenant):
        page = RUN_LOG.after((2, 0, 0))
    assert [row.to_state for row in page.rows][-1] == "succeeded"
    assert all(row.position[0] == 2 and row.position[1] < ahead for row in page.rows)
    assert not page.held
