"""What is over goes also where no event comes any more: the scheduler looks after a few tenants at a time."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import psycopg
import pytest

from actors import scheduler
from actors.processes import LoopProgress
from automate.kernel.json_values import JsonObject
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.rules import retention
from automate.workflows.services import trial_version
from tenants import housekeeping, retention_queries
from tests.execution.test_match_retention import OLD, YOUNG, matched, matches
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, come

QUIET = {"debounce": {"period_seconds": 30, "key": KEY}}
PACED = {"throttle": {"limit": 1, "period_seconds": 60}}


@pytest.fixture(autouse=True)
def everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is left out by chance."""
    monkeypatch.setattr(housekeeping, "TENANTS_AT_ONCE", 100_000)


def ended(plane: Plane, shown: str, age: str, run_id: uuid.UUID | None) -> None:
    plane.rows(
        "UPDATE rule_window SET open = false, outcome = 'fired', run_id = %s, closed_at = now() - %s::interval"
        " WHERE shown = %s RETURNING id",
        run_id,
        age,
        shown,
    )


def test_matches_of_a_tenant_without_events_go(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FORGET_ROWS", 4)
    plane.publish("one", NOTE)
    matched(plane, 10, OLD)
    young = matched(plane, 2, YOUNG)
    housekeeping.maintain(60)
    assert matches(plane) == set(young)


def test_windows_go_ninety_days_after_their_end_with_a_run_or_without(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(5)))
    ended(plane, "c0", OLD, uuid.uuid4())
    ended(plane, "c1", OLD, None)
    ended(plane, "c2", YOUNG, uuid.uuid4())
    ended(plane, "c3", YOUNG, None)
    housekeeping.maintain(60)
    assert plane.rows("SELECT shown FROM rule_window ORDER BY 1") == [("c2",), ("c3",), ("c4",)]


def test_windows_that_have_lapsed_go_and_those_that_wait_stay(plane: Plane) -> None:
    plane.publish("one", NOTE, options=PACED)
    come(plane, 0, {"n": 0})
    plane.rows("UPDATE rule_window SET closes_at = now() - interval '1 hour' RETURNING id")
    housekeeping.maintain(60)
    assert plane.rows("SELECT count(*) FROM rule_window") == [(0,)]
    come(plane, 0, {"n": 0}, {"n": 1})
    plane.rows("UPDATE rule_window SET closes_at = now() - interval '1 hour' RETURNING id")
    housekeeping.maintain(60)
    assert plane.rows("SELECT waiting FROM rule_window") == [(1,)]


def test_it_ends_when_its_time_is_over(plane: Plane) -> None:
    plane.publish("one", NOTE)
    matched(plane, 1, OLD)
    housekeeping.maintain(0)
    assert len(matches(plane)) == 1


def test_tenant_that_lags_behind_keeps_nobody_from_being_looked_after(planes: Any) -> None:
    here = planes(3)
    for plane in here:
        plane.publish("one", NOTE)
        matched(plane, 1, OLD)
    schema = here[1].tenant.schema
    here[1].root.execute(f'ALTER TABLE "{schema}".rule_match RENAME TO rule_match_of_yesterday')
    try:
        housekeeping.maintain(60)
    finally:
        here[1].root.execute(f'ALTER TABLE "{schema}".rule_match_of_yesterday RENAME TO rule_match')
    assert [len(matches(plane)) for plane in here] == [0, 1, 0]


def trial(plane: Plane, workflow: uuid.UUID, message: str) -> uuid.UUID:
    """A version of what nobody published."""
    definition: JsonObject = {
        "schema": 1,
        "steps": [{"key": "note", "uses": "log.write", "with": {"message": message}}],
    }
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")), in_transaction():
        return trial_version(workflow, definition)


def trials(plane: Plane) -> set[uuid.UUID]:
    return {row[0] for row in plane.rows("SELECT id FROM workflow_version WHERE number = 0")}


@pytest.fixture
def two_tested(plane: Plane) -> tuple[uuid.UUID, uuid.UUID]:
    """Versions without a number: one has a run, the other one's is gone."""
    plane.publish("one", NOTE)
    plane.send({"n": 0})
    plane.drain()
    ((workflow,),) = plane.rows("SELECT id FROM workflow")
    kept, gone = trial(plane, workflow, "kept"), trial(plane, workflow, "gone")
    plane.rows("UPDATE execution_run SET workflow_version_id = %s, test = true RETURNING id", kept)
    return kept, gone


def test_version_that_was_only_tested_goes_once_it_has_no_run(
    plane: Plane, two_tested: tuple[uuid.UUID, uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = two_tested
    housekeeping.maintain(60)
    assert trials(plane) == {kept, gone}, "it is young"
    monkeypatch.setattr(retention_queries, "TRIAL_KEPT_SECONDS", -60)
    housekeeping.maintain(60)
    assert trials(plane) == {kept}
    assert plane.rows("SELECT number FROM workflow_version WHERE number > 0") == [(1,)]
    ((workflow,),) = plane.rows("SELECT id FROM workflow")
    assert trial(plane, workflow, "gone") != gone


def test_version_that_is_about_to_be_run_again_stays(
    plane: Plane, two_tested: tuple[uuid.UUID, uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_queries, "TRIAL_KEPT_SECONDS", -60)
    with psycopg.connect(plane.root.url, dbname="automate") as session:
        session.execute("SELECT set_config('search_path', %s, true)", [plane.tenant.schema])
        session.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, hashtext(current_schema()))", [retention_queries.TRIALS]
        )
        housekeeping.maintain(60)
        assert trials(plane) == set(two_tested)
    housekeeping.maintain(60)
    assert trials(plane) == {two_tested[0]}


def test_scheduler_looks_after_tenants(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of its, which finds itself told to stop after it."""
    plane.publish("one", NOTE)
    matched(plane, 1, OLD)
    monkeypatch.setattr(scheduler, "HOUSEKEEPING_SECONDS", 60)
    stop, rounds = threading.Event(), LoopProgress(60, 60)
    monkeypatch.setattr(scheduler, "wait_for_wakeup", lambda _key, _seconds: stop.set())
    try:
        scheduler.run_rounds(stop, rounds)
    finally:
        rounds.over()
    assert matches(plane) == set()
