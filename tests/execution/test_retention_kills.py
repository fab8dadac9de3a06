"""The sweeper is killed with SIGKILL again and again: no reader finds anything half removed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.plane import Plane
from tests.support.processes import ROOT

RUNS, KILLS, AT_ONCE = 400, 12, 50
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
HALVES = """
SELECT (SELECT count(*) FROM step_run s WHERE NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.id = s.run_id)),
       (SELECT count(*) FROM effect e WHERE NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.id = e.run_id)),
       (SELECT count(*) FROM execution_run r WHERE NOT EXISTS (SELECT 1 FROM step_run s WHERE s.run_id = r.id)),
       (SELECT count(*) FROM execution_run r WHERE NOT EXISTS (SELECT 1 FROM effect e WHERE e.run_id = r.id)),
       (SELECT count(*) FROM execution_run r WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.id = r.event_id)),
       (SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM event_payload p WHERE p.event_id = e.id)),
       (SELECT count(*) FROM event_payload p WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.id = p.event_id)),
       (SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.event_id = e.id))
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def sweeping(plane: Plane, mischief: str = "") -> Iterator[None]:
    """A process sweeps during the block, and is killed at its end."""
    plane.root.execute("UPDATE public.retention_sweep SET due_at = now()")
    command = [sys.executable, "-m", "tests.support.sweeping_process", *([mischief] if mischief else [])]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def killed(plane: Plane, mischief: str = "") -> tuple[bool, int]:
    """Whether a kill left something half removed, which is looked for no longer then, and how many runs are left."""
    plane.publish("one", NOTE)
    for start in range(0, RUNS, AT_ONCE):
        plane.send(*({"n": n} for n in range(start, start + AT_ONCE)))
    plane.drain()
    plane.root.execute("DELETE FROM public.retention_sweep")
    plane.root.execute("INSERT INTO public.retention_sweep (tenant_id, due_at) VALUES (%s, now())", plane.tenant.id)
    dice = random.Random(7)
    halves = False
    for _ in range(KILLS):
        with sweeping(plane, mischief):
            time.sleep(dice.uniform(0.05, 0.4))
        (found,) = plane.rows(HALVES)
        if halves := any(found):
            break
    ((left,),) = plane.rows("SELECT count(*) FROM execution_run")
    return halves, left


def test_kill_leaves_nothing_half_removed(plane: Plane) -> None:
    halves, left = killed(plane)
    assert not halves
    assert left < RUNS, "something was removed meanwhile"
    with sweeping(plane):
        plane.until(lambda: plane.rows("SELECT count(*) FROM event") == [(0,)])
    assert plane.rows("SELECT count(*) FROM execution_run") == [(0,)]
    assert plane.rows("SELECT count(*) FROM event_payload") == [(0,)]


def test_twin_that_removes_table_by_table_is_found_out(plane: Plane) -> None:
    halves, _ = killed(plane, "apart")
    assert halves
