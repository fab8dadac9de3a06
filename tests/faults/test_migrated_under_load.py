"""Schemas are migrated while processes of the release before work on them: nothing is lost, and nothing waits for long."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.books import assert_exact
from tests.support.processes import ROOT

pytestmark = pytest.mark.slow

EVENTS = 2_000
"""So many that the load outlasts the start of the migration's process."""
STANDSTILL_SECONDS = 6.0
"""The longest time without a call that is allowed while a migration runs. Starting it on a busy machine takes its part."""
ADD = "ALTER TABLE execution_run ADD COLUMN later integer"
ADD_AND_KEEP_THE_LOCK = f"{ADD}; SELECT pg_sleep({STANDSTILL_SECONDS + 4}) WHERE EXISTS (SELECT 1 FROM execution_run)"


class Migration:
    """The migration of a later release, in a process of its own."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene, self._folder = scene, folder

    def start(self, statement: str, *more: str) -> subprocess.Popen[str]:
        admin = self._scene.platform.database.admin_url
        environ = {**self._scene.platform.environ("scheduler"), "DATABASE_URL": admin}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.later_release", str(self._folder), statement, *more],
            env={**environ, "AUTOMATE_ADMIN_DATABASE_URL": admin},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def longest_pause(scene: Scene, over: Callable[[], bool]) -> float:
    """In seconds: between two calls that reached the receiver, until it is over or all calls have come."""
    receiver, longest = scene.receiver, 0.0
    seen, since = len(receiver.calls), time.monotonic()

    def looked() -> bool:
        nonlocal longest, seen, since
        now = time.monotonic()
        if len(receiver.calls) < EVENTS:
            longest = max(longest, now - since)
        if len(receiver.calls) > seen:
            seen, since = len(receiver.calls), now
        return over()

    scene.platform.until(looked, 90, "the migrated tables")
    return longest


def load(scene: Scene) -> Callable[[], None]:
    """Events at work, of which some have been accepted, and one run at least. Returns what waits for the end of all."""
    for name in ("relay", "worker", "worker-2"):
        scene.platform.keep(name)
    scene.platform.await_ready("worker")
    senders = scene.senders(patience_seconds=60).begin(range(EVENTS))
    senders.wait_accepted(EVENTS // 10)
    scene.platform.until(lambda: bool(scene.books.column("SELECT id FROM execution_run LIMIT 1")), 60, "a run")

    def settle() -> None:
        senders.join(90)
        scene.books.await_settled(EVENTS)
        assert_exact(scene.books, senders, scene.receiver, EVENTS)

    return settle


@pytest.mark.long
def test_killed_migration_is_repeated_under_load(make_scene: MakeScene, tmp_path: Path) -> None:
    scene = make_scene(delay_seconds=0.05)
    migration = Migration(scene, tmp_path / "later")
    settle = load(scene)
    killed = migration.start(ADD, "1")
    pause = longest_pause(scene, lambda: killed.poll() is not None)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = migration.start(ADD)
    pause = max(pause, longest_pause(scene, lambda: again.poll() is not None))
    behind, left = again.communicate()[0].splitlines()
    assert (again.returncode, left) == (0, "")
    assert 0 < len(behind.split()) < len(killed.communicate()[0].split()), "it continued where it was killed"
    settle()
    assert scene.platform.deaths == {}
    assert pause < STANDSTILL_SECONDS
    assert set(scene.books.column("SELECT later FROM execution_run")) == {None}


@pytest.mark.long
def test_migration_that_keeps_its_lock_is_found_out(make_scene: MakeScene, tmp_path: Path) -> None:
    """Shows that the bound above can fail."""
    scene = make_scene(delay_seconds=0.05)
    settle = load(scene)
    migrated = Migration(scene, tmp_path / "later").start(ADD_AND_KEEP_THE_LOCK)
    pause = longest_pause(scene, lambda: migrated.poll() is not None)
    migrated.communicate()
    settle()
    assert pause > STANDSTILL_SECONDS
