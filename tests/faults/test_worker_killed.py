"""kill -9 of workers in the middle of their calls: what was under way is repeated under its key, and nothing else."""

from __future__ import annotations

from functools import partial

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS
from tests.support.receiver import Receiver

EVENTS = 501
VICTIMS = ("worker", "worker-2", "worker")
KILLS = len(VICTIMS)


def _kill_inside_calls(scene: Scene, name: str) -> set[str]:
    """Kill a worker while its calls are at the receiver, unanswered. Returns their keys."""
    lost = scene.freeze_inside_calls(name)
    scene.platform.kill(name)
    scene.receiver.wait(lambda: all(call.cut for call in lost), "the killed worker's connections to end")
    scene.receiver.release()
    return {call.key for call in lost}


def _all_in(keys: set[str], receiver: Receiver) -> bool:
    return keys <= receiver.repeated()


def _scenario(scene: Scene, *, sabotage: str = "") -> None:
    platform, books, receiver = scene.platform, scene.books, scene.receiver
    platform.start("relay", sabotage=sabotage)
    platform.start_all("worker", "worker-2")
    senders, slice_ = scene.senders(), EVENTS // KILLS
    cut = set[str]()
    for kill, name in enumerate(VICTIMS):
        receiver.hold()
        senders.begin(range(kill * slice_, (kill + 1) * slice_))
        lost = _kill_inside_calls(scene, name)
        platform.start(name)
        platform.until(partial(_all_in, lost, receiver), RECOVERY_SECONDS, "the lost calls to be repeated")
        cut |= lost
        platform.await_ready(name)
        senders.join()
    books.await_settled(EVENTS)
    assert_exact(books, senders, receiver, EVENTS)
    assert cut
    assert receiver.repeated() == books.uncertain() == cut


@pytest.mark.long
@pytest.mark.slow
def test_killed_workers_repeat_only_what_was_under_way(make_scene: MakeScene) -> None:
    _scenario(make_scene())


@pytest.mark.slow
def test_lease_that_never_expires_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="the lost calls to be repeated"):
        _scenario(make_scene(), sabotage="relay_lets_no_lease_expire")
