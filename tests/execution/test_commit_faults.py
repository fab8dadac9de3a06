"""What PostgreSQL refuses a commit for is told apart: races are run again, outages are waited for, time-outs are shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.runs import reconnecting, transitions, writing
from automate.runs.advance import Advance
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepResult
from tests.support.plane import Plane, Root, Scripted, connectors

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'by test' USING ERRCODE = '{}'; END $$"
TOO_LONG = ("SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(10)")


@pytest.fixture
def returned(plane: Plane) -> Any:
    """A run whose only call has returned, and the set that is to write it."""
    with connectors(scripted := Scripted()):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            (call,) = match_events(run_set, jobs)
            yield run_set, run_set.settle(call.run, [StepResult(call, output={})])


@pytest.fixture
def reconnects(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each time that a set took PostgreSQL for away."""
    seen: list[bool] = []
    reconnect = reconnecting.reconnect

    def noted(*given: Any) -> bool:
        seen.append(True)
        return reconnect(*given)

    monkeypatch.setattr(writing, "reconnect", noted)
    return seen


def failing(monkeypatch: pytest.MonkeyPatch, times: int, *statements: str) -> list[int]:
    """Let the first commits end at statements that PostgreSQL itself refuses. Returns the tries, by number."""
    write, tries = transitions.write, list[int]()

    def refused(*given: Any) -> Any:
        tries.append(len(tries) + 1)
        if len(tries) <= times:
            for part in statements:
                execute(part)
        return write(*given)

    monkeypatch.setattr(transitions, "write", refused)
    return tries


Returned = tuple[RunSet, Advance]


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_race_that_is_lost_is_run_again_on_the_same_connection(
    plane: Plane, returned: Returned, reconnects: list[bool], monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    tries = failing(monkeypatch, 2, RAISE.format(state))
    returned[0].commit([returned[1]])
    assert (tries, reconnects) == ([1, 2, 3], [])
    assert plane.runs() == [("succeeded", "")]


def test_race_that_is_always_lost_is_given_up(
    plane: Plane, returned: Returned, reconnects: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = failing(monkeypatch, 1_000, RAISE.format("40P01"))
    with pytest.raises(OperationalError, match="by test"):
        returned[0].commit([returned[1]])
    assert (tries, reconnects) == ([1, 2, 3, 4, 5], [])
    assert plane.runs() == [("running", "")]


def test_lost_connection_is_waited_for(
    plane: Plane, returned: Returned, reconnects: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconnecting, "RECONNECT_SECONDS", 0)
    write, ended = transitions.write, list[int]()

    def cut_off(*given: Any) -> Any:
        if len(ended) < 2:
            ended.append(connection.connection.info.backend_pid)
            plane.root.execute("SELECT pg_terminate_backend(%s)", ended[-1])
        return write(*given)

    monkeypatch.setattr(transitions, "write", cut_off)
    returned[0].commit([returned[1]])
    assert reconnects == [True, True]
    assert plane.runs() == [("succeeded", "")]


def test_statement_that_takes_too_long_is_not_taken_for_an_outage(
    returned: Returned, reconnects: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = failing(monkeypatch, 1_000, *TOO_LONG)
    with pytest.raises(OperationalError, match="statement timeout"):
        returned[0].commit([returned[1]])
    assert (tries, reconnects) == ([1], [])


def test_job_says_that_a_statement_took_too_long(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        start = transitions.write
        calls: list[bool] = []

        def first_goes_through(*given: Any) -> Any:
            calls.append(True)
            if len(calls) > 1:
                for statement in TOO_LONG:
                    execute(statement)
            return start(*given)

        monkeypatch.setattr(transitions, "write", first_goes_through)
        plane.work()
    told = plane.root.rows(
        "SELECT state, last_error ->> 'code', last_error ->> 'message' FROM public.outbox_job ORDER BY id"
    )
    assert told[1][:2] == ("pending", "UNAVAILABLE")
    assert "statement_timeout" in told[1][2]


@pytest.mark.slow
def test_true_deadlock_costs_one_more_try(plane: Plane, returned: Returned, reconnects: list[bool]) -> None:
    """Somebody holds the step's row and comes for the job's, which the commit holds while it waits for the step's."""
    other = Root(plane.root.url)
    other.execute("SET deadlock_timeout = '60s'")  # the commit looks first, and so is the one that loses
    other.execute("BEGIN")
    other.execute(f'UPDATE "{plane.tenant.schema}".step_run SET attempt = attempt')

    def come_for_the_job() -> None:
        plane.until(lambda: plane.root.value("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0)
        other.execute("UPDATE public.outbox_job SET signals = signals WHERE state = 'claimed'")
        other.execute("COMMIT")

    rival = in_background(come_for_the_job)
    returned[0].commit([returned[1]])
    rival.join()
    other.connection.close()
    assert reconnects == []
    assert plane.runs() == [("succeeded", "")]


def in_background(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread
