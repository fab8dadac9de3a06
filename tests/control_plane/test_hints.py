"""Hints are a courtesy: without a Redis nobody is asked, and nothing but time is lost."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings

from automate.outbox import wakeups


@pytest.fixture
def fresh_clients() -> Iterator[None]:
    """Clients of the current REDIS_URL."""
    for client in (wakeups.client, wakeups._waiting_client):
        client.cache_clear()
    yield
    for client in (wakeups.client, wakeups._waiting_client):
        client.cache_clear()


@pytest.fixture
def no_redis(fresh_clients: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """REDIS_URL is not set, and whoever opens a Redis all the same fails the test."""

    def opened(*arguments: Any, **_options: Any) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(settings, "REDIS_URL", "")
    monkeypatch.setattr(redis.Redis, "from_url", opened)


@pytest.mark.usefixtures("no_redis")
def test_hints_are_off_where_no_redis_is_named() -> None:
    wakeups.wake_relay()
    wakeups.wake_scheduler()
    wakeups.publish("channel")


@pytest.mark.usefixtures("no_redis")
def test_waiting_without_redis_takes_its_time() -> None:
    started = time.monotonic()
    wakeups.wait_for_wakeup(wakeups.RELAY_KEY, 0.05)
    assert time.monotonic() - started >= 0.05


@pytest.mark.usefixtures("fresh_clients")
def test_silent_redis_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts connections and says nothing, as one that is stopped does."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        monkeypatch.setattr(wakeups, "BLOCK_SECONDS", 0.1)
        started = time.monotonic()
        wakeups.wait_for_wakeup(wakeups.RELAY_KEY, 0.2)
    assert 0.2 <= time.monotonic() - started < 2.5


@pytest.mark.usefixtures("fresh_clients")
def test_hint_ends_a_wait_of_many_reads(servers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"test:{uuid.uuid4()}"
    monkeypatch.setattr(settings, "REDIS_URL", servers.redis_url)
    monkeypatch.setattr(wakeups, "BLOCK_SECONDS", 0.05)
    hint = threading.Timer(0.3, wakeups._send_wakeups, [[key]])
    started = time.monotonic()
    hint.start()
    wakeups.wait_for_wakeup(key, 30)
    hint.join()
    assert 0.3 <= time.monotonic() - started < 15


class _Slow:
    """Sends when it is let, and keeps what it sent."""

    def __init__(self) -> None:
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)
        self.sent: list[tuple[set[str], set[str]]] = []

    def send(self, batch: wakeups._Batch) -> None:
        self.begun.release()
        self.let.acquire()
        self.sent.append((batch.keys, batch.channels))


def test_hints_that_come_while_one_is_sent_go_out_together() -> None:
    rounds, slow = wakeups._Batches(), _Slow()
    threads = [threading.Thread(target=rounds.send, args=([], [str(number)], slow.send)) for number in range(9)]
    threads[0].start()
    assert slow.begun.acquire(timeout=10)
    for thread in threads[1:]:
        thread.start()
    while len(rounds._next.channels) < 8:
        time.sleep(0.001)
    assert slow.sent == []
    slow.let.release(9)
    for thread in threads:
        thread.join(10)
    assert slow.sent == [(set(), {"0"}), (set(), {str(number) for number in range(1, 9)})]


def test_a_failed_round_holds_back_no_other() -> None:
    rounds = wakeups._Batches()

    def fail(_told: wakeups._Batch) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        rounds.send(["a"], [], fail)
    sent: list[set[str]] = []
    rounds.send(["b"], [], lambda batch: sent.append(batch.keys))
    assert sent == [{"b"}]


@pytest.mark.usefixtures("fresh_clients")
def test_every_hint_of_many_threads_arrives(servers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", servers.redis_url)
    names = [f"test:{uuid.uuid4()}" for _ in range(64)]
    with redis.Redis.from_url(servers.redis_url) as client, client.pubsub() as subscription:
        subscription.subscribe(*names)
        for _ in names:
            subscription.get_message(timeout=10)
        threads = [threading.Thread(target=wakeups.publish, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        heard = {subscription.get_message(timeout=10)["channel"].decode() for _ in names}
        for thread in threads:
            thread.join(10)
    assert heard == set(names)
