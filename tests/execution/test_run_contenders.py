"""Many at one run: what each does follows from what the others have done, and its log tells it in that order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import control
from tests.support.plane import Plane
from tests.support.processes import ROOT
from tests.support.tenant_schedulers import SECONDS, in_thread

FEW, MANY = 4, 120
DELAY = [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 600}}]
WAITS_FOR_A_LOCK = (
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%outbox_job%'"
)
MOVES = "SELECT from_state, to_state FROM run_log WHERE run_id = %s AND step_key = '' ORDER BY epoch, xid, id"


def a_waiting_run(plane: Plane) -> uuid.UUID:
    plane.publish("one", DELAY)
    plane.send({})
    plane.drain()
    ((run_id,),) = plane.rows("SELECT id FROM execution_run")
    return run_id


@pytest.mark.parametrize("verb", [control.cancel, control.pause])
def test_verb_that_waited_for_a_cancel_comes_too_late(plane: Plane, verb: Any) -> None:
    run_id = a_waiting_run(plane)
    came: list[list[uuid.UUID]] = []

    def come_second() -> None:
        with acting_for(plane.tenant), in_transaction():
            came.append(verb([run_id], "second"))

    with acting_for(plane.tenant), in_transaction():
        assert control.cancel([run_id], "first") == [run_id]
        second = in_thread(come_second)
        plane.until(lambda: bool(plane.root.value(WAITS_FOR_A_LOCK)))
    second.join(SECONDS)
    assert came == [[]]
    assert plane.root.value("SELECT parked FROM public.outbox_job WHERE id = %s", run_id) == ""
    plane.drain()
    assert plane.runs() == [("cancelled", "first")]
    assert plane.steps() == [("rest", 1, "cancelled", "")]


def test_log_is_in_order_though_the_later_move_is_of_the_older_transaction(plane: Plane) -> None:
    run_id = a_waiting_run(plane)
    begun, paused = threading.Event(), threading.Event()

    def resume() -> None:
        with acting_for(plane.tenant), in_transaction():
            fetch("SELECT pg_current_xact_id()")
            begun.set()
            assert paused.wait(SECONDS)
            control.resume([run_id], "later")

    older = in_thread(resume)
    assert begun.wait(SECONDS)
    with acting_for(plane.tenant), in_transaction():
        control.pause([run_id], "sooner")
    paused.set()
    older.join(SECONDS)
    assert plane.rows(MOVES, run_id)[-2:] == [("waiting", "paused"), ("paused", "running")]


def contend(plane: Plane, rounds: int) -> dict[str, Any]:
    """How often each end came, and how often who was in time, over all rounds; fails with what the first broken round says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.contenders", str(plane.tenant.id), str(rounds), "7"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        timeout=1_200,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    won: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return won


@pytest.mark.parametrize(
    "rounds", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1300)])]
)
def test_run_has_one_end_however_many_are_at_it(plane: Plane, rounds: int) -> None:
    won = contend(plane, rounds)
    assert sum(won["ends"].values()) == rounds
    assert won["told"]["cancel"] == won["ends"]["cancelled"] > 0
    assert rounds == FEW or {"approve", "reject", "retry", "finish", "pause", "resume", "work"} <= set(won["told"])
