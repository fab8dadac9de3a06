"""A worker that wakes up after its leases ended: its fence refuses what it brings, and its successor's result stands."""

from __future__ import annotations

import pytest

from tests.faults.conftest import CALLS_INSIDE, MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS

EVENTS = 500


def _scenario(scene: Scene, *, sabotage: str = "") -> None:
    platform, books, receiver = scene.platform, scene.books, scene.receiver
    platform.start("relay")
    platform.start("worker", sabotage=sabotage)
    platform.await_ready("worker")
    senders = scene.senders().begin(range(EVENTS))
    senders.wait_accepted(EVENTS // 4)
    receiver.hold()
    late = scene.freeze_inside_calls("worker")
    keys = {call.key for call in late}
    receiver.hold(keys)
    platform.start("worker-2", sabotage=sabotage)
    platform.await_ready("worker-2")
    platform.until(
        lambda: len(receiver.repeated()) >= CALLS_INSIDE, RECOVERY_SECONDS, "the successor to repeat the frozen calls"
    )
    platform.thaw("worker")
    receiver.release(late)
    receiver.wait(lambda: all(call.answered for call in late), "the late worker to have its answers")
    platform.until(
        lambda: platform.said("worker", "run lost") + len(books.outputs().keys() & keys) >= len(keys),
        20,
        "the late worker to have done its worst",
    )
    receiver.release()
    senders.join()
    books.await_settled(EVENTS)
    last = {call.key: call.serial for call in receiver.calls}
    outputs = books.outputs()
    assert {key: outputs[key] for key in keys} == {key: last[key] for key in keys}, "a late worker's result stands"
    assert_exact(books, senders, receiver, EVENTS)
    # A call whose lease had ended but whom nobody had taken over yet was still the late worker's to record.
    assert receiver.repeated() == books.uncertain() <= keys


@pytest.mark.slow
def test_late_worker_is_refused_by_its_fence(make_scene: MakeScene) -> None:
    _scenario(make_scene())


@pytest.mark.long
@pytest.mark.slow
def test_worker_without_fence_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="a late worker's result stands"):
        _scenario(make_scene(), sabotage="worker_without_fence")
