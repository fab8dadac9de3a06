"""Schedules under two relays and two workers, of which any may die at any point: each planned time makes one event."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis

from tests.faults.conftest import MakeScene, Scene
from tests.support.clusters import Cluster, running_cluster
from tests.support.processes import RECOVERY_SECONDS

SCHEDULES = 6
SAVE = """mutation($input: SaveScheduleInput!) { saveSchedule(input: $input) { errors { code message details } } }"""
# An interval has a minute at least; a test has not.
EACH_SECOND = """
WITH quick AS (
    UPDATE schedule SET every_seconds = 1, anchor = date_trunc('second', now()), planned_at = date_trunc('second', now()) + interval '1 s'
    RETURNING job_id, planned_at
)
UPDATE public.outbox_job j SET due_at = quick.planned_at FROM quick WHERE j.id = quick.job_id RETURNING j.id
"""


def _begin(scene: Scene) -> None:
    for number in range(SCHEDULES):
        plan = {"interval": {"everySeconds": 60}}
        scene.platform.mutate(SAVE, {"slug": f"s{number}", "name": "Quick", "plan": plan, "catchUp": "EACH"})
    assert len(scene.books.rows(EACH_SECOND)) == SCHEDULES


def _ticks(scene: Scene, slug: str) -> list[datetime]:
    return scene.books.column("SELECT occurred_at FROM event WHERE subject = %s ORDER BY occurred_at, id", [slug])


def _now(scene: Scene) -> datetime:
    timestamp: datetime = scene.books.column("SELECT now()")[0]
    return timestamp


def _await_all_until(scene: Scene, timestamp: datetime, seconds: float) -> None:
    """Each schedule has made the tick of this time."""

    def there() -> bool:
        query = "SELECT count(DISTINCT subject) FROM event WHERE occurred_at >= %s"
        return scene.books.count(query, [timestamp]) == SCHEDULES

    scene.platform.until(there, seconds, f"the ticks of {timestamp}")


def _assert_each_once(scene: Scene, least: int) -> None:
    for number in range(SCHEDULES):
        ticks = _ticks(scene, f"s{number}")
        assert len(ticks) >= least
        assert ticks == [ticks[0] + timedelta(seconds=place) for place in range(len(ticks))]
    assert scene.books.count("SELECT count(*) FROM outbox_job WHERE state = 'dead'") == 0


def _scenario(scene: Scene, sabotage: str, deaths: int) -> None:
    platform = scene.platform
    platform.start("relay")
    platform.keep("relay-2")
    platform.keep("worker", sabotage=sabotage)
    _begin(scene)
    platform.until(
        lambda: platform.deaths.get("worker", 0) == deaths, 6 * RECOVERY_SECONDS, f"the worker to die {deaths} times"
    )
    platform.start_all("worker-2")
    _await_all_until(scene, _now(scene), 2 * RECOVERY_SECONDS)
    with redis.Redis.from_url(platform.valkey.url) as client:
        client.flushall()
    platform.kill("relay-2")
    platform.kill("worker-2")
    platform.start("worker-2")
    _await_all_until(scene, _now(scene) + timedelta(seconds=2), 2 * RECOVERY_SECONDS)
    _assert_each_once(scene, 5)


@pytest.mark.long
@pytest.mark.slow
def test_killed_schedulers_make_each_tick_once(make_scene: MakeScene) -> None:
    _scenario(make_scene(), "worker_dies_in_ticks", 3)


@pytest.mark.slow
@pytest.mark.long
def test_tick_of_two_commits_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: a schedule whose tick was committed alone never ticks again."""
    with pytest.raises(AssertionError, match="for the ticks of"):
        _scenario(make_scene(), "worker_ticks_in_two_commits", 1)


@pytest.mark.slow
def test_relay_that_dies_before_it_sends_costs_no_tick(make_scene: MakeScene) -> None:
    scene = make_scene()
    platform = scene.platform
    platform.start_all("worker")
    _begin(scene)
    for _ in range(3):
        platform.start("relay", sabotage="relay_dies_before_send")
        platform.until(lambda: platform.returncode("relay") == -signal.SIGKILL, 20, "the relay to die before it sends")
    platform.start("relay-2")
    _await_all_until(scene, _now(scene), 2 * RECOVERY_SECONDS)
    _assert_each_once(scene, 3)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path / "cluster") as made:
        yield made


@pytest.mark.slow
@pytest.mark.long
def test_crashed_postgres_costs_no_tick(stage: Callable[..., Scene], cluster: Cluster) -> None:
    scene = stage(cluster.database)
    scene.platform.start("relay")
    scene.platform.start("relay-2")
    scene.platform.start_all("worker", "worker-2")
    _begin(scene)
    for _ in range(3):
        _await_all_until(scene, _now(scene), 2 * RECOVERY_SECONDS)
        cluster.crash()
        cluster.restart()
    _await_all_until(scene, _now(scene), 3 * RECOVERY_SECONDS)
    _assert_each_once(scene, 3)
