"""What a consumer fetched and will not do goes back to the others, and a Redis that is away holds nobody up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.worker import Worker

from actors.broker import SILENT_SECONDS, WakingRedisBroker
from automate.devserver import valkey
from automate.devserver.server import Server
from automate.project import home as homes

IDLE_SECONDS = 4.0
LOOKS_SECONDS = 30.0
AT_ONCE_SECONDS = 2.0
MESSAGES = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A Valkey of the test's own, to be ended."""
    started = valkey.PROGRAM.start(homes.prepare(tmp_path / "valkey"), lambda _line: None, death_signal=signal.SIGKILL)
    yield started
    started.process.send(signal.SIGCONT)
    started.stop()


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[[], WakingRedisBroker]]:
    """Brokers of several processes on one Redis, each with an actor that counts."""
    made: list[WakingRedisBroker] = []

    def one() -> WakingRedisBroker:
        broker = WakingRedisBroker(url=server.url, namespace="gives-back", middleware=[])
        made.append(broker)
        return broker

    yield one
    for broker in made:
        broker.client.close()


def fetched(broker: WakingRedisBroker) -> tuple[Any, list[Any]]:
    """A consumer that has taken messages: one handed out, the rest still with itself."""
    note = dramatiq.actor(actor_name="note", broker=broker)(lambda: None)
    for _ in range(MESSAGES):
        note.send()
    consumer = broker.consume("default", prefetch=MESSAGES, timeout=1_000)
    return consumer, [next(consumer)]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LOOKS_SECONDS
    while not condition():
        assert time.monotonic() < ends, f"not so after {LOOKS_SECONDS:g} s: has a thread of the worker ended?"
        time.sleep(0.01)


def queued(broker: WakingRedisBroker) -> int:
    return int(broker.client.llen(f"{broker.namespace}:default"))


def test_closed_consumer_gives_back_what_it_did_not_hand_out(connect: Callable[[], WakingRedisBroker]) -> None:
    broker = connect()
    consumer, handed_out = fetched(broker)
    assert queued(broker) == 0
    consumer.close()
    assert queued(broker) == MESSAGES - 1
    consumer.requeue(handed_out)
    assert queued(broker) == MESSAGES


@pytest.mark.slow
def test_what_is_given_back_wakes_an_idle_worker(connect: Callable[[], WakingRedisBroker]) -> None:
    consumer, handed_out = fetched(connect())
    other, started = connect(), threading.Semaphore(0)
    dramatiq.actor(actor_name="note", broker=other)(started.release)
    worker = Worker(other, worker_timeout=int(IDLE_SECONDS * 1_000), worker_threads=1)
    worker.start()
    try:
        until(lambda: "default" in other.turned)
        other.client.delete(other.wake_key("default"))
        gave_back_at = time.monotonic()
        consumer.close()
        consumer.requeue(handed_out)
        for _ in range(MESSAGES):
            assert started.acquire(timeout=20)
        took = time.monotonic() - gave_back_at
    finally:
        worker.stop(timeout=20_000)
    assert took < AT_ONCE_SECONDS, f"{took:.1f} s, as if nobody had woken it"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "silent"])
def test_redis_away_holds_nobody_up(
    server: Server, connect: Callable[[], WakingRedisBroker], number: signal.Signals
) -> None:
    consumer, (message,) = fetched(connect())
    server.process.send(number)
    begun = time.monotonic()
    consumer.ack(message)
    consumer.close()
    assert consumer.outstanding_message_count == 0
    with pytest.raises(ConnectionClosed):
        next(consumer)
    assert time.monotonic() - begun < 3 * (SILENT_SECONDS + 1)
