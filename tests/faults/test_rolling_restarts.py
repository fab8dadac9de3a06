"""Processes are stopped and started again under load, as a deployment does it: nothing waits for a lease, nothing is repeated.

Leases and resends are set so long that whatever a stopped process did not hand back would hang the test.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import KNOBS, TENANT
from tests.support.sockets import open_socket

WORKERS = ("worker", "worker-2", "worker-3")
ROTATION = ("worker", "relay", "worker", "web", "worker") * 4
SLICE = 30
EVENTS = SLICE * len(ROTATION)
FOR_EVER = {"AUTOMATE_LEASE_SECONDS": "600", "AUTOMATE_RESEND_SECONDS": "600"}
ORDERLY = 0
GOING_AWAY = 1012
FEED = "subscription($after: String) { runFeed(after: $after) { kind cursor run { id } } }"


class _Rollout:
    def __init__(self, scene: Scene, stop: signal.Signals) -> None:
        self.scene, self.stop = scene, stop
        self.senders = scene.senders(patience_seconds=60)
        self.ended = Counter[str]()
        self.statuses: list[int | None] = []
        self._turn = 0

    def restart(self, kind: str, first: int) -> None:
        """While a slice of the load comes in."""
        platform, receiver = self.scene.platform, self.scene.receiver
        if kind == "worker":
            receiver.hold()
        self.senders.begin(range(first, first + SLICE))
        if kind == "worker":
            name = self._worker_inside_calls()
            self._stop_inside_calls(name)
        else:
            name = kind
            self.senders.wait_accepted(first + 1)
            platform.end(name)
        self.ended[name] += 1
        self.statuses.append(platform.returncode(name))
        platform.start_all(name)
        self.senders.join()

    def _worker_inside_calls(self) -> str:
        """One that has calls at the receiver, another at each turn where several have."""
        self._turn += 1
        inside = list[str]()

        def found() -> bool:
            turned = [WORKERS[(self._turn + place) % len(WORKERS)] for place in range(len(WORKERS))]
            inside[:] = [name for name in turned if self.scene.calls_of(name)]
            return bool(inside)

        self.scene.platform.until(found, 20, "a worker to be inside a call")
        return inside[0]

    def _stop_inside_calls(self, name: str) -> None:
        """Its calls are answered only after it was told to stop."""
        platform, receiver = self.scene.platform, self.scene.receiver
        if self.stop is signal.SIGTERM:
            platform.ask_to_end(name)
            platform.until(lambda: platform.said(name, "worker stops") > 0, 10, f"{name} to have been told")
            receiver.release()
            platform.await_end(name)
        else:
            platform.kill(name)
            receiver.release()


def _scenario(scene: Scene, *, stop: signal.Signals = signal.SIGTERM, restarts: int = len(ROTATION)) -> _Rollout:
    scene.platform.start_all("relay", *WORKERS)
    rollout = _Rollout(scene, stop)
    for turn, kind in enumerate(ROTATION[:restarts]):
        rollout.restart(kind, turn * SLICE)
    scene.books.await_settled(SLICE * restarts)
    assert_exact(scene.books, rollout.senders, scene.receiver, SLICE * restarts)
    assert scene.receiver.repeated() == set(), "a call was repeated"
    return rollout


@pytest.mark.slow
@pytest.mark.long
def test_rolling_restarts_repeat_nothing_and_wait_for_no_lease(make_scene: MakeScene) -> None:
    scene = make_scene(**FOR_EVER)
    rollout = _scenario(scene)
    assert rollout.statuses == [ORDERLY] * len(ROTATION)
    assert set(rollout.ended) == {"web", "relay", *WORKERS}
    assert scene.books.uncertain() == set()
    assert len(rollout.senders.accepted) == EVENTS


@pytest.mark.slow
def test_killed_instead_of_stopped_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="a call was repeated"):
        _scenario(make_scene(**KNOBS), stop=signal.SIGKILL, restarts=1)


def _drain_scenario(scene: Scene, *, sabotage: str = "") -> None:
    """A worker is told to stop inside one long call, and then work comes for the other."""
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    platform.start("relay")
    platform.start("worker", sabotage=sabotage)
    platform.await_ready("worker")
    receiver.hold()
    senders = scene.senders().begin([0])
    receiver.wait(lambda: len(receiver.held()) == 1, "the long call to be under way")
    (long,) = receiver.held()
    receiver.hold({long.key})
    platform.start_all("worker-2")
    platform.ask_to_end("worker")
    platform.until(lambda: platform.said("worker", "worker stops") > 0, 10, "the worker to have been told")
    senders.join().begin(range(1, SLICE)).join()
    done = "SELECT count(*) FROM execution_run WHERE state = 'succeeded'"
    platform.until(lambda: books.count(done) == SLICE - 1, 10, "the other worker to do all the rest meanwhile")
    assert platform.returncode("worker") is None
    assert not long.answered
    receiver.release()
    platform.await_end("worker")
    assert platform.returncode("worker") == ORDERLY
    books.await_settled(SLICE)
    assert_exact(books, senders, receiver, SLICE)


@pytest.mark.slow
def test_stopping_worker_keeps_no_work_from_others(make_scene: MakeScene) -> None:
    _drain_scenario(make_scene(**FOR_EVER))


@pytest.mark.slow
def test_worker_that_fetches_while_it_drains_is_found_out(make_scene: MakeScene) -> None:
    with pytest.raises(AssertionError, match="the other worker to do all the rest meanwhile"):
        _drain_scenario(make_scene(**FOR_EVER), sabotage="worker_fetches_while_it_drains")


@pytest.mark.slow
def test_worker_stops_in_order_without_redis(make_scene: MakeScene) -> None:
    """Neither the acknowledgement nor the messages can be given back; the run's result is written all the same."""
    scene = make_scene()
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    platform.start_all("relay", "worker")
    receiver.hold()
    scene.senders().begin([0]).join()
    receiver.wait(lambda: len(receiver.held()) == 1, "the call to be under way")
    platform.valkey.process.send(signal.SIGKILL)
    platform.ask_to_end("worker")
    platform.ask_to_end("relay")
    platform.until(lambda: platform.said("worker", "worker stops") > 0, 10, "the worker to have been told")
    receiver.release()
    platform.await_end("worker")
    platform.await_end("relay")
    assert (platform.returncode("worker"), platform.returncode("relay")) == (ORDERLY, ORDERLY)
    assert books.intents() == set()
    assert [call.cut for call in receiver.calls] == [False]


@pytest.mark.slow
def test_web_stops_in_order_with_a_subscriber_who_goes_on_where_he_was(make_scene: MakeScene) -> None:
    scene = make_scene()
    platform = scene.platform
    platform.start_all("relay", "worker")
    host, token = f"127.0.0.1:{platform.port}", platform.database.tokens[TENANT]

    async def until_closed() -> str:
        async with open_socket(host, token) as socket:
            await socket.subscribe("feed", FEED)
            first = await socket.item()
            platform.ask_to_end("web")
            assert await socket.closed() == GOING_AWAY
            return str(first["cursor"])

    async def runs_since(cursor: str) -> set[str]:
        async with open_socket(host, token) as socket:
            await socket.subscribe("feed", FEED, after=cursor)
            seen = set[str]()
            while len(seen) < SLICE:
                item = await socket.item()
                if item["kind"] == "TRANSITION":
                    seen.add(item["run"]["id"])
            return seen

    cursor = asyncio.run(until_closed())
    platform.await_end("web")
    assert platform.returncode("web") == ORDERLY
    platform.start_all("web")
    scene.senders().begin(range(SLICE)).join()
    assert len(asyncio.run(runs_since(cursor))) == SLICE
