"""A worker process owns the keys of its messages. Others leave these messages to it, unless they have waited for too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
from dramatiq import Message

from actors import broker as brokers
from actors.broker import (
    LONG_PATIENCE_MS,
    OWNERS_KEPT,
    PATIENCE_MS,
    SMALL_MESSAGE,
    Appetite,
    WakingRedisBroker,
)

LARGE = SMALL_MESSAGE + 1
LOOKS_SECONDS = 10.0
Connect = Callable[[], WakingRedisBroker]


@pytest.fixture
def connect(redis_url: str) -> Iterator[Connect]:
    """The brokers of several processes on one Redis."""
    namespace, made = f"owners-test-{time.monotonic_ns()}", list[WakingRedisBroker]()

    def one() -> WakingRedisBroker:
        broker = WakingRedisBroker(url=redis_url, namespace=namespace, middleware=[])
        dramatiq.actor(actor_name="note", broker=broker)(lambda _number: None)
        made.append(broker)
        return broker

    yield one
    made[0].client.flushdb()
    for broker in made:
        broker.close()


def send(broker: WakingRedisBroker, number: int, key: str = "", jobs: int = LARGE) -> None:
    broker.get_actor("note").send_with_options(args=(number,), key=key, jobs=jobs)


def taken(broker: WakingRedisBroker, most: int = 8) -> list[Any]:
    return [Message.decode(data).args[0] for data in broker.fetch("default", most)[1]]


def until_taken(broker: WakingRedisBroker) -> tuple[list[Any], float]:
    """The messages, and the milliseconds that the broker waited for them."""
    began = time.monotonic()
    while not (found := taken(broker)):
        assert time.monotonic() - began < LOOKS_SECONDS, "no process takes the message"
        time.sleep(0.001)
    return found, 1_000 * (time.monotonic() - began)


def wants(broker: WakingRedisBroker, large: int, *, idle: bool, busy: tuple[str, ...] = ()) -> None:
    broker.appetite = lambda: Appetite(large, idle, busy)


def owned_by(owner: WakingRedisBroker, *keys: str) -> None:
    for key in keys:
        send(owner, 0, key)
    assert taken(owner) == [0] * len(keys)


def test_messages_of_a_key_are_left_to_its_owner(connect: Connect) -> None:
    mine, other = connect(), connect()
    owned_by(mine, "a")
    owned_by(other, "b")
    for number, key in enumerate("abab"):
        send(mine, number, key)
    assert taken(other) == [1, 3]
    assert taken(mine) == [0, 2]


def test_idle_process_takes_what_the_owner_leaves_and_then_owns_the_key(connect: Connect) -> None:
    """So nothing waits for a process that was killed."""
    killed, other = connect(), connect()
    owned_by(killed, "a")
    send(other, 1, "a")
    found, waited = until_taken(other)
    assert found == [1]
    assert waited >= PATIENCE_MS / 2
    send(other, 2, "a")
    assert taken(other) == [2]


def test_busy_process_takes_what_a_lost_owner_leaves_later(connect: Connect) -> None:
    killed, other = connect(), connect()
    owned_by(killed, "a")
    wants(other, 1, idle=False)
    send(other, 1, "a")
    found, waited = until_taken(other)
    assert found == [1]
    assert waited >= LONG_PATIENCE_MS / 2


def test_process_with_enough_to_do_takes_only_small_messages(connect: Connect) -> None:
    """The large ones stay for an idle process. A tenant with few jobs never waits behind them in Redis."""
    mine, other = connect(), connect()
    owned_by(mine, "a", "b")
    wants(mine, 0, idle=False)
    send(mine, 1, "a")
    send(mine, 2, "b", jobs=SMALL_MESSAGE)
    assert taken(mine) == [2]
    assert until_taken(other)[0] == [1]


def test_process_takes_as_many_large_messages_as_it_wants(connect: Connect) -> None:
    mine = connect()
    for number in range(4):
        send(mine, number, str(number))
    wants(mine, 2, idle=False)
    assert taken(mine) == [0, 1]


def test_second_message_of_a_busy_tenant_is_left_to_an_idle_process(connect: Connect) -> None:
    """One tenant with a backlog has all processes."""
    mine, other = connect(), connect()
    owned_by(mine, "a")
    wants(mine, 3, idle=False, busy=("a",))
    send(mine, 1, "a")
    assert taken(mine) == []
    assert until_taken(other)[0] == [1]


def test_second_message_of_a_busy_tenant_is_taken_if_no_process_is_idle(connect: Connect) -> None:
    mine = connect()
    owned_by(mine, "a")
    wants(mine, 3, idle=False, busy=("a",))
    send(mine, 1, "a")
    assert until_taken(mine)[0] == [1]


def test_message_without_a_key_goes_to_any_process(connect: Connect) -> None:
    mine = connect()
    wants(mine, 0, idle=False)
    send(mine, 1)
    assert taken(mine) == [1]


def test_message_that_is_given_back_goes_to_any_process(connect: Connect) -> None:
    """The worker stops. Its messages have no owner."""
    mine, other = connect(), connect()
    owned_by(mine, "a")
    send(mine, 1, "a")
    consumer = mine.consume("default", prefetch=1, timeout=1_000)
    message = next(consumer)
    assert message is not None
    consumer.requeue([message])
    assert taken(other) == [1]


def test_owner_is_woken_and_another_idle_process_too(connect: Connect) -> None:
    mine, other = connect(), connect()
    owned_by(mine, "a")
    shared = mine.wake_key("default")
    mine.client.delete(shared)
    send(other, 1, "a")
    assert mine.client.llen(shared) == 1
    assert mine.client.llen(f"{shared}:{mine.broker_id}") == 1
    assert mine.client.llen(f"{shared}:{other.broker_id}") == 0


def test_state_in_redis_is_bounded(connect: Connect) -> None:
    mine = connect()
    owners = f"{mine.namespace}:owners"
    mine.client.hset(owners, mapping={str(number): "lost" for number in range(OWNERS_KEPT)})
    owned_by(mine, "a")
    assert mine.client.hgetall(owners) == {b"a": mine.broker_id.encode()}
    assert 0 < mine.client.ttl(owners) <= brokers.OWNERS_SECONDS
    mine.client.hset(f"{mine.namespace}:default.keys", "left by another version", "a 1 1")
    assert mine.fetch("default", 1) == (-1, [])
    assert mine.client.exists(f"{mine.namespace}:default.keys") == 0


def test_sabotaged_twin_without_patience_takes_what_belongs_to_another(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "FETCH", brokers.FETCH.replace(f"age >= {PATIENCE_MS})", "age >= 0)"))
    with pytest.raises(AssertionError):
        test_messages_of_a_key_are_left_to_its_owner(connect)
