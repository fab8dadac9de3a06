"""A host that is ill and mends, real workers, and the death of the one that probes: runs wait, none fails, none is stranded."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.receiver import Call

EVENTS = 60
LATER = 20
SETTLE_SECONDS = 100.0
BREAKER = "SELECT state, target, failures FROM circuit_breaker"
PARKED = "SELECT count(*) FROM outbox_job WHERE parked LIKE 'breaker:%%'"


class Health:
    """What the receiver answers."""

    def __init__(self, scene: Scene) -> None:
        self.status = 200
        receiver: Any = scene.receiver
        receiver.status_of = self._status_of

    def _status_of(self, _call: Call) -> int:
        return self.status


def _fall_ill(scene: Scene, health: Health, *, sabotage: str = "") -> None:
    """Until the breaker is open and what came after it is parked."""
    platform, books = scene.platform, scene.books
    # Else the jitter of one run's attempts could spend all of them before the breaker opens.
    platform.publish(scene.receiver.url, retry={"max_attempts": 10})
    platform.start("relay")
    for name in ("worker", "worker-2"):
        platform.start(name, sabotage=sabotage)
        platform.await_ready(name)
    health.status = 503
    scene.senders().begin(range(EVENTS)).join()
    platform.until(
        lambda: [row[0] for row in books.rows(BREAKER)] in (["open"], ["half_open"]), 20, "the breaker to open"
    )
    scene.senders().begin(range(EVENTS, EVENTS + LATER)).join()
    platform.until(lambda: books.count(PARKED) > 0, 20, "runs to be parked")


def _mended(scene: Scene, health: Health) -> None:
    health.status = 200
    scene.receiver.release()
    scene.books.await_settled(EVENTS + LATER, SETTLE_SECONDS)
    assert scene.books.run_states() == Counter(succeeded=EVENTS + LATER)
    assert scene.books.rows(BREAKER)[0][:2] == ("closed", scene.receiver.url.split("/")[2])
    assert scene.books.count(PARKED) == 0
    assert scene.books.count("SELECT count(*) FROM public.outbox_lane WHERE broken") == 0
    assert len(scene.receiver.keys()) == EVENTS + LATER


@pytest.mark.slow
def test_runs_wait_for_a_host_that_mends(make_scene: MakeScene) -> None:
    scene = make_scene()
    health = Health(scene)
    _fall_ill(scene, health)
    called = len(scene.receiver.calls)
    # Two probes are the most that can have left in what follows until it mends.
    scene.platform.until(lambda: len(scene.receiver.calls) > called, 15, "a probe")
    assert len(scene.receiver.calls) <= 2 * EVENTS, "the host was called on and on"
    _mended(scene, health)


@pytest.mark.slow
@pytest.mark.long
def test_worker_killed_in_its_probe_strands_nobody(make_scene: MakeScene) -> None:
    scene = make_scene(AUTOMATE_LEASE_SECONDS="2", AUTOMATE_HEARTBEAT_SECONDS="0.5")
    health = Health(scene)
    _fall_ill(scene, health)
    scene.receiver.hold()
    scene.platform.until(lambda: scene.receiver.held() != [], 20, "a probe to be under way")
    (prober,) = {name for name in ("worker", "worker-2") if scene.calls_of(name)}
    scene.platform.kill(prober)
    scene.platform.start(prober)
    _mended(scene, health)


@pytest.mark.slow
@pytest.mark.long
def test_without_breakers_the_host_is_called_until_runs_fail(make_scene: MakeScene) -> None:
    """The sabotaged twin: nothing is counted."""
    scene = make_scene()
    with pytest.raises(AssertionError, match="the breaker to open"):
        _fall_ill(scene, Health(scene), sabotage="worker_counts_no_failure")
