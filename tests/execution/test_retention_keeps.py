"""The sweeper removes nothing that is still needed. The check of the line of retries has a twin without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connections

from automate.kernel.tenancy import acting_for
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from tenants.routers import ADMIN
from tenants.sweeping import claims as turns
from tenants.sweeping import transitions as statements
from tenants.sweeping.sweeper import Sweeper
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.sweeps import CALL, NOTE, WAIT, days_pass, left, ran, save, sweep  # noqa: F401 - a fixture


def test_open_run_keeps_all_that_it_needs(plane: Plane, later: Callable[[int], None]) -> None:
    save(plane, payloads=1, outputs=1, run_log=1, decisions=1)
    ran(plane, [*NOTE, {**WAIT[0], "needs": ["note"]}])
    before, log = left(plane), plane.log()
    later(200)
    sweep(plane)
    assert left(plane) == before
    assert plane.log() == log
    plane.pass_seconds(3700)
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    sweep(plane)
    assert left(plane) == {}


def test_event_that_waits_to_be_matched_stays(plane: Plane, later: Callable[[int], None]) -> None:
    save(plane, payloads=1)
    plane.publish("one", NOTE)
    plane.send({"n": 1})
    later(200)
    sweep(plane)
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    plane.rows("SELECT 1")
    assert left(plane)["event_payload"] == 1


def retry(plane: Plane) -> None:
    ((run,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
    plane.by_ada(lambda: retry_runs([run], RetryRequest(reason="again")))


def two_of_a_line(plane: Plane) -> None:
    """A run whose first step was done and whose second one failed, and its retry, which waits."""
    first, second = (
        Scripted("keyed", acts=({"a": 1},), name="test.first"),
        Scripted(acts=(failing("CONNECTOR_REFUSED"),)),
    )
    with connectors(first, second):
        ran(plane, [{"key": "a", "uses": "test.first"}, {**CALL[0], "needs": ["a"]}])
        assert plane.run_states() == ["failed"]
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".execution_run SET finished_at = finished_at - interval '100 days'"
        )
        retry(plane)


def test_line_of_retries_goes_together(plane: Plane, later: Callable[[int], None]) -> None:
    two_of_a_line(plane)
    before = left(plane)
    later(0)
    sweep(plane)
    assert left(plane) == before, "the retry has its effects under the keys of the first run"


def test_twin_that_does_not_ask_for_the_line_loses_effects_of_its_retry(
    plane: Plane, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "FREE_RUNS", statements.FREE_RUNS.replace(statements.LINE_IN_USE, "false"))
    two_of_a_line(plane)
    before = left(plane)
    later(0)
    sweep(plane)
    assert before["effect"] == 2
    assert "effect" not in left(plane)


def test_retry_and_sweeper_do_not_meet(plane: Plane, later: Callable[[int], None]) -> None:
    """A run of whose line somebody holds the lock is left alone, and found by the next sweep."""
    ran(plane)
    later(91)
    with plane.root.connection.transaction():
        plane.root.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(coalesce(line_id, origin_id)::text))"
            f' FROM "{plane.tenant.schema}".execution_run',
            statements.LINE_LOCK,
        )
        # A row of the sweep is written by another session.
        one = Sweeper()
        with acting_for(plane.tenant):
            pass
        connection = connections[ADMIN]
        turn = turns.Turn(plane.tenant, datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
        one._sweep(connection, turn, until=float("inf"))
    assert left(plane)["execution_run"] == 1
    sweep(plane)
    assert left(plane) == {}


def test_effect_that_waits_for_a_person_stays(plane: Plane, later: Callable[[int], None]) -> None:
    late = failing("CONNECTOR_TIMEOUT", arrived=True)
    with connectors(Scripted("unsafe", acts=(late,))):
        ran(plane, CALL)
    assert plane.effects() == [("call", "uncertain", 1)]
    before = left(plane)
    later(200)
    sweep(plane)
    assert left(plane) == before


def test_hold_keeps_everything_that_belongs_to_it(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane)
    plane.root.execute(
        "INSERT INTO public.retention_policy (id, tenant_id, data_class, hold_reason, held_at, changed_at)"
        " VALUES (gen_random_uuid(), %s, 'outputs', 'court', now(), now())",
        plane.tenant.id,
    )
    later(200)
    sweep(plane)
    assert left(plane) == {"execution_run": 1, "step_run": 1, "effect": 1, "event": 1}
    assert plane.rows("SELECT request::text <> '{\"input\": null}' FROM effect") == [(True,)]
    plane.root.execute("UPDATE public.retention_policy SET hold_reason = '' WHERE tenant_id = %s", plane.tenant.id)
    sweep(plane)
    assert left(plane) == {}
