"""Nothing is trusted to Redis: it may forget everything, stop answering, or be gone, and no accepted event is."""

from __future__ import annotations

import signal
import time
import uuid

import pytest
import redis

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS, WINDOW_JOBS

EVENTS = 100
QUEUE = "automate:default"
GONE_SECONDS = 10.0
ACCEPTED_SECONDS = 20.0
"""Five are typical on Django 4.2, which makes a connection for each request, and one on later ones."""
SLOWEST_ANSWER_SECONDS = 3.0
"""A web process asks Redis once for each event, and gives up after half a second."""


def _flush_scenario(scene: Scene, *, flushes: int = 1, sabotage: str = "") -> None:
    """Each time a worker that holds nothing is frozen, so that a full window of jobs waits in Redis when it forgets."""
    platform, books = scene.platform, scene.books
    platform.start("relay", sabotage=sabotage)
    platform.start_all("worker")
    senders = scene.senders()
    for flush in range(flushes):
        sent = EVENTS * (flush + 1) // flushes
        platform.freeze("worker")
        senders.begin(range(EVENTS * flush // flushes, sent))
        forgotten = _flush_a_full_window(scene)
        platform.thaw("worker")
        _await_done(scene, forgotten)
        senders.join()
        books.await_settled(sent)
    assert_exact(books, senders, scene.receiver, EVENTS)
    assert scene.receiver.repeated() == set()


def _flush_a_full_window(scene: Scene) -> set[uuid.UUID]:
    """Returns the jobs whose messages are gone."""

    def queued() -> bool:
        return len(scene.books.jobs("dispatched")) == WINDOW_JOBS and int(client.llen(QUEUE)) > 1

    with redis.Redis.from_url(scene.platform.valkey.url) as client:
        scene.platform.until(queued, 20, "a full window to be queued")
        forgotten = scene.books.jobs("dispatched")
        client.flushall()
    return forgotten


def _await_done(scene: Scene, jobs: set[uuid.UUID]) -> None:
    done = scene.books.done_of
    scene.platform.until(lambda: done(jobs) == len(jobs), 2 * RECOVERY_SECONDS, "what Redis forgot to be done")


@pytest.mark.parametrize("flushes", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_flushed_queue_loses_nothing(make_scene: MakeScene, flushes: int) -> None:
    _flush_scenario(make_scene(), flushes=flushes)


@pytest.mark.slow
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
    assert took < ACCEPTED_SECONDS, f"{EVENTS} webhooks took {took:.1f} s without Redis"
    over = gone_at + GONE_SECONDS
    platform.until(lambda: time.monotonic() > over, GONE_SECONDS + 1, "Redis to be gone long enough")
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
