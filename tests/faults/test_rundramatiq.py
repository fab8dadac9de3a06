"""`manage.py rundramatiq` starts the worker of `automate worker`, and a worker knows the actors of each installed app."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Database, Platform, environ_of
from tests.support.tree import ROOT

THREADS = "2"
SHOW = """
import django; django.setup()
import dramatiq
from actors.discovery import declare_actors
print(declare_actors(), sorted(dramatiq.get_broker().actors) == sorted(__import__("actors.tasks").tasks.__all__))
"""


class ByManage(Platform):
    """Workers are started with django-dramatiq's command."""

    def module(self, kind: str, sabotage: str) -> list[str]:
        return ["django", "rundramatiq", "--threads", THREADS] if kind == "worker" else super().module(kind, sabotage)

    def environ(self, name: str) -> dict[str, str]:
        """Without the name that the supervisor gives each process."""
        return {key: value for key, value in super().environ(name).items() if key != "AUTOMATE_PROCESS"}


@pytest.fixture
def platform(tmp_path: Path, copy: Database) -> Iterator[Platform]:
    with ByManage(tmp_path / "platform", copy) as made:
        yield made


@pytest.mark.slow
def test_rundramatiq_starts_our_worker_and_stops_in_order(platform: Platform) -> None:
    platform.start("worker")
    platform.until(lambda: platform.said("worker", "worker started") > 0, 120, "the worker to start")
    (line,) = [line for line in platform.log("worker").read_text().splitlines() if "worker started" in line]
    assert f'"threads": {THREADS}' in line or f'"threads":{THREADS}' in line, line
    assert "begin_jobs" in line
    assert "delete_old_tasks" not in line
    platform.end("worker")
    assert platform.returncode("worker") == 0


@pytest.mark.slow
@pytest.mark.parametrize("option", [["--processes", "4"], ["--queues", "default"], ["--reload"]])
def test_option_that_our_worker_lacks_is_refused(tmp_path: Path, option: list[str]) -> None:
    command = [sys.executable, "-m", "django", "rundramatiq", *option]
    done = subprocess.run(command, env=environ_of(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "unrecognized arguments" in done.stderr


@pytest.mark.slow
def test_actors_are_those_of_the_modules_named_tasks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW], env=environ_of(tmp_path), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['actors.tasks'] True"
