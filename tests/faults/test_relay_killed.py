"""The relay commits first and sends after: what a crash in between leaves is sent again, and nothing twice."""

from __future__ import annotations

import signal
import uuid

import pytest
import redis

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS, WINDOW_JOBS

EVENTS = 100


def _crash_before_send(scene: Scene) -> set[uuid.UUID]:
    """The jobs that a relay dispatched and took with it into death."""
    scene.platform.start("relay", sabotage="relay_dies_before_send")
    scene.platform.until(
        lambda: scene.platform.returncode("relay") == -signal.SIGKILL, 20, "the relay to die between commit and send"
    )
    return scene.books.jobs("dispatched")


def _scenario(scene: Scene, *, crashes: int = 1, sabotage: str = "") -> None:
    platform, books = scene.platform, scene.books
    senders = scene.senders().begin(range(EVENTS)).join()
    lost = set[uuid.UUID]()
    with redis.Redis.from_url(platform.valkey.url) as client:
        for _ in range(crashes):
            fell = _crash_before_send(scene)
            assert len(fell) == WINDOW_JOBS
            assert client.keys("*.msgs") == []
            lost |= fell
            # Nobody waits for them any longer: the next relay's window is free again.
            platform.until(lambda: not books.waiting(), 5, "the resend of what was lost to be due")
    platform.start("worker")
    platform.await_ready("worker")
    platform.start("relay", sabotage=sabotage)
    platform.until(lambda: books.done_of(lost) == len(lost), 2 * RECOVERY_SECONDS, "what the relay lost to be done")
    books.await_settled(EVENTS)
    assert_exact(books, senders, scene.receiver, EVENTS)
    assert scene.receiver.repeated() == set()


@pytest.mark.parametrize("crashes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_crash_between_commit_and_send_loses_nothing(make_scene: MakeScene, crashes: int) -> None:
    _scenario(make_scene(), crashes=crashes)


@pytest.mark.long
@pytest.mark.slow
def test_relay_that_never_resends_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="what the relay lost to be done"):
        _scenario(make_scene(), sabotage="relay_never_resends")
