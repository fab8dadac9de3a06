"""Nothing is trusted to Redis: it may forget everything, stop answering, or be gone, and no accepted event is."""

from __future__ import annotations

import signal
import time

import pytest
import redis

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS, WINDOW_JOBS

EVENTS = 500
FLUSHES = 3
QUEUE = "automate:default"
GONE_SECONDS = 10.0
SLOWEST_ANSWER_SECONDS = 3.0
"""A web process asks Redis once for each event, and gives up after half a second."""


def _flush_with_work_queued(scene: Scene) -> None:
    """Take the messages of waiting jobs away, and wait until their jobs have been done all the same."""
    platform, books = scene.platform, scene.books
    with redis.Redis.from_url(platform.valkey.url) as client:
        platform.until(lambda: _saturated(scene, client), 20, "every thread to be busy and a full window to be queued")
        forgotten = books.jobs("dispatched")
        client.flushall()
    scene.receiver.release()
    platform.until(lambda: books.done_of(forgotten) == len(forgotten), RECOVERY_SECONDS, "what Redis forgot to be done")


def _saturated(scene: Scene, client: redis.Redis) -> bool:
    """All that runs is held at the receiver, and what waits is in Redis: nothing moves until something is released."""
    held = {call.key for call in scene.receiver.held()}
    waiting = scene.books.jobs("dispatched")
    return bool(held) and held == scene.books.intents() and len(waiting) == WINDOW_JOBS and int(client.llen(QUEUE)) > 1


def _flush_scenario(scene: Scene, *, sabotage: str = "") -> None:
    platform, books = scene.platform, scene.books
    platform.start("relay", sabotage=sabotage)
    platform.start_all("worker")
    senders = scene.senders()
    for flush in range(FLUSHES):
        scene.receiver.hold()
        senders.begin(range(EVENTS * flush // FLUSHES, EVENTS * (flush + 1) // FLUSHES))
        _flush_with_work_queued(scene)
        senders.join()
    books.await_settled(EVENTS)
    assert_exact(books, senders, scene.receiver, EVENTS)
    assert scene.receiver.repeated() == set()


def test_flushed_queue_loses_nothing(make_scene: MakeScene) -> None:
    _flush_scenario(make_scene())


def test_flush_without_resend_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="what Redis forgot to be done"):
        _flush_scenario(make_scene(), sabotage="relay_never_resends")


@pytest.mark.slow
@pytest.mark.parametrize("silent", [False, True], ids=["dead", "silent"])
def test_ingest_goes_on_without_redis(make_scene: MakeScene, silent: bool) -> None:  # noqa: FBT001 - pytest's parameter
    """silent: it takes connections and never answers, which is worse than refusing them."""
    scene = make_scene()
    platform, books = scene.platform, scene.books
    platform.start("relay")
    platform.start_all("worker")
    before = scene.senders().begin(range(EVENTS // 5))
    before.wait_accepted(EVENTS // 10)
    platform.valkey.process.send(signal.SIGSTOP if silent else signal.SIGKILL)
    gone_at = time.monotonic()
    during = scene.senders().begin(range(EVENTS // 5, EVENTS))
    before.join()
    during.join()
    took = time.monotonic() - gone_at
    assert took < GONE_SECONDS, f"{EVENTS} webhooks took {took:.1f} s without Redis"
    platform.until(lambda: time.monotonic() > gone_at + GONE_SECONDS, GONE_SECONDS + 1, "Redis to be gone long enough")
    if silent:
        platform.valkey.process.send(signal.SIGCONT)
    else:
        platform.restart_valkey()
    left = books.jobs("dispatched")
    platform.until(lambda: books.done_of(left) == len(left), RECOVERY_SECONDS, "the work to go on once Redis is back")
    books.await_settled(EVENTS)
    assert during.slowest_seconds() < SLOWEST_ANSWER_SECONDS
    during.accepted.extend(before.accepted)
    assert_exact(books, during, scene.receiver, EVENTS)
    assert scene.receiver.repeated() == set()
