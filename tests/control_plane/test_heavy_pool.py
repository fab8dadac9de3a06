"""Heavy computation happens in children: bounded in time and memory, shared fairly, and without a trace of the last tenant."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from automate.heavy import pool as pools
from automate.heavy.bounds import TaskLimits
from automate.heavy.outcomes import ChildFaultError
from automate.heavy.pool import ChildPool
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import MIB
from automate.kernel.trace import new_trace, tracing
from tests.support import heavy_tasks as tasks

BOUNDS = TaskLimits(cpu_seconds=0.3, wall_seconds=20.0, memory_bytes=256 * MIB, answer_bytes=MIB)
PATIENT = replace(BOUNDS, cpu_seconds=10.0, wall_seconds=60.0)
"""For a task that waits for the test."""
A, B, C = (uuid.UUID(int=number) for number in range(3))
SOON_SECONDS = 30.0
PRELOAD = ["tests.support.heavy_tasks"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    made = ChildPool(4, PRELOAD, longest=4, patience_seconds=0.2)
    yield made
    made.close()


def refused(act: Callable[[], object]) -> NormalizedError:
    with pytest.raises(NormalizedError) as caught:
        act()
    return caught.value


def await_true(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + SOON_SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_value_and_trace_cross_unchanged(pool: ChildPool) -> None:
    value = {"a": [1, 2.5, None, True, "ä\u2028"], "big": 2**80}
    assert pool.run(A, BOUNDS, tasks.echo, value) == value
    with tracing(new_trace()) as trace:
        assert pool.run(A, BOUNDS, tasks.who)["trace"] == trace.trace_id


def test_error_crosses_unchanged(pool: ChildPool) -> None:
    error = refused(lambda: pool.run(A, BOUNDS, tasks.refuse))
    assert (error.code, error.message, error.path) == ("INVALID_WORKFLOW", "No.", ["steps", "0"])
    assert error.details == {"problems": [{"code": "X"}]}


def test_each_task_has_a_child_of_its_own_that_keeps_nothing(pool: ChildPool) -> None:
    assert pool.run(A, BOUNDS, tasks.keep, "a secret of A") == ["a secret of A"]
    assert pool.run(B, BOUNDS, tasks.keep, "b") == ["b"]
    first, second = pool.run(A, BOUNDS, tasks.who), pool.run(B, BOUNDS, tasks.who)
    assert first["pid"] != second["pid"]
    assert first["parent"] == second["parent"] == pool.pid


def test_child_has_neither_credentials_nor_sockets_of_others(
    pool: ChildPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUTOMATE_SECRET_ACME__STRIPE_KEY", "sk_live_0123456789")
    assert set(pools.environment()) & {*pools.NOT_FOR_CHILDREN, "AUTOMATE_SECRET_ACME__STRIPE_KEY"} == set()
    assert pool.run(A, BOUNDS, tasks.who)["secret"] == ["AUTOMATE_SECRET_KEY"]
    alone = pool.run(A, BOUNDS, tasks.open_files)
    with ThreadPoolExecutor(1) as other:
        beside = other.submit(pool.run, B, PATIENT, tasks.wait_for, str(tmp_path / "gate"))
        await_true(lambda: len(psutil.Process(pool.pid).children()) == 1)
        assert pool.run(A, BOUNDS, tasks.open_files) == alone
        (tmp_path / "gate").touch()
        assert beside.result()


@pytest.mark.slow
@pytest.mark.parametrize("task", [tasks.spin, tasks.spin_in_c])
def test_processor_time_is_bounded(pool: ChildPool, task: Callable[[], None]) -> None:
    error = refused(lambda: pool.run(A, BOUNDS, task))
    assert (error.code, error.retryable) == ("LIMIT_EXCEEDED", False)
    assert error.details == {"bound": "cpu_seconds", "maximum": 0.3}


def test_memory_is_bounded(pool: ChildPool) -> None:
    error = refused(lambda: pool.run(A, BOUNDS, tasks.grow))
    assert (error.code, error.details) == ("LIMIT_EXCEEDED", {"bound": "memory_bytes", "maximum": 256 * MIB})


def test_answer_is_bounded(pool: ChildPool) -> None:
    error = refused(lambda: pool.run(A, BOUNDS, tasks.long_text, 2 * MIB))
    assert (error.code, error.details) == ("LIMIT_EXCEEDED", {"bound": "answer_bytes", "maximum": MIB})


@pytest.mark.parametrize("task", [tasks.sleep, tasks.freeze])
def test_child_that_hangs_is_killed(pool: ChildPool, task: Callable[..., object]) -> None:
    arguments = (60,) if task is tasks.sleep else ()
    error = refused(lambda: pool.run(A, TaskLimits(wall_seconds=0.3), task, *arguments))
    assert (error.code, error.retryable, error.details["bound"]) == ("UNAVAILABLE", True, "wall_seconds")
    nursery = psutil.Process(pool.pid)
    await_true(lambda: not nursery.children())


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, "UNAVAILABLE"), (signal.SIGABRT, "LIMIT_EXCEEDED"), (signal.SIGSEGV, "LIMIT_EXCEEDED")],
)
def test_child_that_dies_fails_its_request_alone(pool: ChildPool, number: int, code: str) -> None:
    with ThreadPoolExecutor(1) as other:
        beside = other.submit(pool.run, B, BOUNDS, tasks.sleep, 0.2)
        assert refused(lambda: pool.run(A, BOUNDS, tasks.die, number)).code == code
        assert beside.result() == 0.2
    assert pool.run(A, BOUNDS, tasks.echo, 1) == 1


def test_fault_carries_its_traceback_for_the_log(pool: ChildPool) -> None:
    with pytest.raises(ChildFaultError, match="ZeroDivisionError"):
        pool.run(A, BOUNDS, tasks.fail)


def test_value_too_deep_for_its_way_back_is_a_fault(pool: ChildPool) -> None:
    with pytest.raises((ChildFaultError, NormalizedError)):
        pool.run(A, BOUNDS, tasks.deep)
    assert pool.run(A, BOUNDS, tasks.echo, 1) == 1


@pytest.mark.parametrize("task", [tasks.evil, tasks.evil_of_ours])
def test_answer_runs_no_code_here(pool: ChildPool, task: Callable[[], object]) -> None:
    with pytest.raises(pickle.UnpicklingError):
        pool.run(A, BOUNDS, task)


def test_tenant_has_half_of_the_places(pool: ChildPool, tmp_path: Path) -> None:
    """The others' tasks begin at once, while the first tenant's wait in line or are refused."""
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(6) as requests:
        flood = [requests.submit(pool.run, A, PATIENT, tasks.wait_for, str(gate)) for _ in range(6)]
        await_true(lambda: len(psutil.Process(pool.pid).children()) == 2)
        assert pool.run(B, BOUNDS, tasks.echo, "b") == "b"
        assert pool.run(None, BOUNDS, tasks.echo, "platform") == "platform"
        await_true(lambda: sum(one.done() for one in flood) == 4)
        gate.touch()
        ended = [one.exception() for one in flood]
    errors = [error for error in ended if error is not None]
    assert len(errors) == 4
    for error in errors:
        assert isinstance(error, NormalizedError)
        assert (error.code, error.details) == ("RATE_LIMITED", {"retry_after_seconds": 1, "maximum": 2})


def test_full_pool_says_nothing_of_other_tenants(pool: ChildPool, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(4) as requests:
        flood = [requests.submit(pool.run, tenant, PATIENT, tasks.wait_for, str(gate)) for tenant in (A, A, B, B)]
        await_true(lambda: len(psutil.Process(pool.pid).children()) == 4)
        error = refused(lambda: pool.run(C, BOUNDS, tasks.echo, 1))
        gate.touch()
        assert (error.code, error.details) == ("UNAVAILABLE", {"retry_after_seconds": 1})
        assert [one.result() for one in flood] == [True] * 4


def test_pool_starts_on_first_use_and_ends_when_idle() -> None:
    made = ChildPool(2, PRELOAD, idle_seconds=0.3)
    assert made.pid is None
    first = made.run(A, BOUNDS, tasks.who)["parent"]
    await_true(lambda: gone(first))
    await_true(lambda: made.pid is None)
    second = made.run(A, BOUNDS, tasks.who)["parent"]
    assert second != first
    made.close()
    assert gone(second)


def test_killed_nursery_is_replaced(pool: ChildPool) -> None:
    pool.run(A, BOUNDS, tasks.echo, 0)
    assert pool.pid is not None
    with ThreadPoolExecutor(1) as other:
        beside = other.submit(pool.run, B, BOUNDS, tasks.sleep, 30)
        await_true(lambda: len(psutil.Process(pool.pid).children()) == 1)
        os.kill(pool.pid, signal.SIGKILL)
        assert pool.run(A, BOUNDS, tasks.echo, 1) == 1
        assert refused(lambda: beside.result(SOON_SECONDS)).code == "UNAVAILABLE"


def test_all_who_lose_a_nursery_share_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, asked = ChildPool(4, PRELOAD), list[object]()
    ask = pool._asked

    def counted() -> Any:
        found = ask()
        asked.append(found)
        return found

    pool.run(A, BOUNDS, tasks.echo, 0)
    first = pool.pid
    assert first is not None
    monkeypatch.setattr(pool, "_asked", counted)
    os.kill(first, signal.SIGSTOP)
    with ThreadPoolExecutor(4) as requests:
        runs = [requests.submit(pool.run, tenant, BOUNDS, tasks.who) for tenant in (A, B, A, B)]
        await_true(lambda: len(asked) == 4)
        os.kill(first, signal.SIGKILL)
        parents = {run.result(SOON_SECONDS)["parent"] for run in runs}
    assert len(parents) == 1
    assert first not in parents
    pool.close()


def test_children_end_with_web_even_when_it_is_killed() -> None:
    code = (
        "import threading, uuid\n"
        "from automate.heavy.bounds import TaskLimits\n"
        "from automate.heavy.pool import ChildPool\n"
        "from tests.support import heavy_tasks as tasks\n"
        "pool = ChildPool(2, ['tests.support.heavy_tasks'])\n"
        "first = pool.run(None, TaskLimits(), tasks.who)['pid']\n"
        "threading.Thread(target=pool.run, args=(None, TaskLimits(), tasks.sleep, 60), daemon=True).start()\n"
        "print(pool.pid, first, flush=True)\n"
        "threading.Event().wait()\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, text=True) as web:
        assert web.stdout is not None
        try:
            pid, first = map(int, web.stdout.readline().split())
            nursery = psutil.Process(pid)
            await_true(lambda: bool({child.pid for child in nursery.children()} - {first}))
            (child,) = {child.pid for child in nursery.children()} - {first}
        finally:
            web.kill()
        await_true(lambda: gone(pid) and gone(child))


def test_signals_to_the_group_do_not_end_tasks(pool: ChildPool) -> None:
    """Ctrl-C and SIGTERM reach web's whole group; web ends what is in progress first."""
    nursery = pool.run(A, BOUNDS, tasks.who)["parent"]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(nursery, number)
    assert pool.run(A, BOUNDS, tasks.who)["parent"] == nursery


def test_threads_share_a_pool(pool: ChildPool) -> None:
    """Many threads at once, while others start: each gets its own answer."""
    tenants: list[Any] = [A, B]
    barrier = threading.Barrier(2)

    def ask(number: int) -> list[int]:
        barrier.wait()
        return [pool.run(tenants[number], BOUNDS, tasks.echo, number * 1000 + n) for n in range(20)]

    with ThreadPoolExecutor(2) as requests:
        assert list(requests.map(ask, range(2))) == [[number * 1000 + n for n in range(20)] for number in range(2)]
