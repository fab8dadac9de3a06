"""The broker: an idle consumer wakes at once, nothing is lost where its window is full, and tokens stay few."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import psutil
import pytest
from dramatiq.worker import Worker

from actors.broker import WAKE_TOKENS_KEPT, WakingRedisBroker
from tests.support.plane import Root

SENDS = 50


@pytest.fixture
def broker(redis_url: str) -> Iterator[WakingRedisBroker]:
    broker = WakingRedisBroker(url=redis_url, namespace=f"broker-test-{time.monotonic_ns()}", middleware=[])
    yield broker
    broker.client.flushdb()
    broker.close()


class Log:
    """An actor that notes when it started, and stays until it is let go."""

    def __init__(self, broker: WakingRedisBroker, *, held: bool = False) -> None:
        self.started: list[tuple[int, float]] = []
        self.arrived = threading.Semaphore(0)
        self.go = threading.Event()
        if not held:
            self.go.set()
        self.actor = dramatiq.actor(actor_name="note", broker=broker)(self._act)

    def _act(self, number: int) -> None:
        self.started.append((number, time.perf_counter()))
        self.arrived.release()
        assert self.go.wait(30)


class Working:
    def __init__(self, broker: WakingRedisBroker, threads: int) -> None:
        self.worker = Worker(broker, worker_timeout=1_000, worker_threads=threads)
        self.worker.queue_prefetch = threads

    def __enter__(self) -> Worker:
        self.worker.start()
        return self.worker

    def __exit__(self, *_: object) -> None:
        self.worker.stop(timeout=10_000)


@pytest.mark.slow
def test_idle_consumer_wakes_at_once(broker: WakingRedisBroker, record_property: Callable[[str, object], None]) -> None:
    log = Log(broker)
    delays = []
    with Working(broker, threads=2):
        log.actor.send(-1)
        assert log.arrived.acquire(timeout=20)
        for number in range(SENDS):
            sent = time.perf_counter()
            log.actor.send(number)
            assert log.arrived.acquire(timeout=20)
            delays.append(log.started[-1][1] - sent)
    median = statistics.median(delays) * 1_000
    record_property("send_to_start_ms", f"{median:.2f}")
    print(f"\nsend to start on an idle worker: median {median:.2f} ms, best {min(delays) * 1_000:.2f} ms")
    assert median < 100, "a consumer that polls takes half a second"


@pytest.mark.slow
def test_stock_consumer_is_slower_than_that(redis_url: str) -> None:
    """The twin: without the wake token the same worker sleeps through most of its time-out."""
    from dramatiq.brokers.redis import RedisBroker

    stock = RedisBroker(url=redis_url, namespace=f"broker-stock-{time.monotonic_ns()}", middleware=[])
    log = Log(stock)  # type: ignore[arg-type]
    delays = []
    with Working(stock, threads=2):  # type: ignore[arg-type]
        for number in range(5):
            threading.Event().wait(1.5)  # what is measured is idleness itself
            sent = time.perf_counter()
            log.actor.send(number)
            assert log.arrived.acquire(timeout=20)
            delays.append(log.started[-1][1] - sent)
    stock.client.flushdb()
    stock.close()
    assert statistics.median(delays) > 0.1


def test_nothing_is_lost_where_the_window_is_full(broker: WakingRedisBroker) -> None:
    log = Log(broker, held=True)
    with Working(broker, threads=2):
        for number in range(40):
            log.actor.send(number)
        for _ in range(2):
            assert log.arrived.acquire(timeout=20)
        assert len(log.started) == 2
        log.go.set()
        for _ in range(38):
            assert log.arrived.acquire(timeout=20)
    assert sorted(number for number, _ in log.started) == list(range(40))


def test_message_sent_to_a_full_worker_starts_when_there_is_room(broker: WakingRedisBroker) -> None:
    log = Log(broker, held=True)
    with Working(broker, threads=1):
        log.actor.send(0)
        assert log.arrived.acquire(timeout=20)
        log.actor.send(1)
        log.actor.send(2)
        log.go.set()
        for _ in range(2):
            assert log.arrived.acquire(timeout=20)
    assert [number for number, _ in log.started] == [0, 1, 2]


def test_wake_tokens_are_bounded(broker: WakingRedisBroker) -> None:
    log = Log(broker)
    for number in range(3 * WAKE_TOKENS_KEPT):
        log.actor.send(number)
    assert broker.client.llen(broker.wake_key("default")) == WAKE_TOKENS_KEPT
    assert broker.client.llen(f"{broker.namespace}:default") == 3 * WAKE_TOKENS_KEPT


@pytest.mark.slow
def test_idle_worker_and_relay_cost_next_to_nothing(
    root: Root, database: Any, record_property: Callable[[str, object], None]
) -> None:
    seconds = 10.0
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START.format(process=name)], env=dict(os.environ), stderr=subprocess.PIPE
        )
        for name in ("worker", "relay")
    ]
    try:
        for process in processes:
            assert process.stderr is not None
            assert process.stderr.readline().startswith(b"ready")
        watched = [psutil.Process(process.pid) for process in processes]
        threading.Event().wait(3)
        before = [cpu(process) for process in watched]
        threading.Event().wait(seconds)
        assert [process.poll() for process in processes] == [None, None]
        shares = [(cpu(process) - was) / seconds for process, was in zip(watched, before, strict=True)]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
            assert process.stderr is not None
            process.stderr.close()
    told = f"worker {shares[0]:.1%}, relay {shares[1]:.1%} of a core"
    record_property("idle_cpu", told)
    print(f"\nidle: {told}")
    assert sum(shares) < 0.05


START = """
import sys, django
django.setup()
sys.stderr.write("ready\\n"); sys.stderr.flush()
from actors import {process}
module = {process}
if "{process}" == "relay":
    from actors.relay import main as module
module.run()
"""


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
