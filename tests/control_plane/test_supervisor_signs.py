"""The supervisor ends a child that can no longer end itself, and no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from automate.devserver.held import LockedProcess, spawn
from automate.devserver.kept import SupervisedProcess
from automate.devserver.signs import FROZEN_SECONDS, SILENT_SECONDS, START_SECONDS, Signs
from automate.processes.notify import WATCHDOG, notify

CHILD = "from automate.processes.watch import watch; watch.start(); input()"
SPEAKS = "from automate.processes.notify import notify; notify('WATCHDOG=1')"
PID = os.getpid()


@pytest.fixture
def signs() -> Iterator[Signs]:
    with closing(Signs()) as made:
        yield made


@pytest.fixture
def speaking(signs: Signs, monkeypatch: pytest.MonkeyPatch) -> Signs:
    for name, value in signs.environ().items():
        monkeypatch.setenv(name, value)
    signs.find_silent([PID], 0.0)
    return signs


def silent_from(signs: Signs, start: int, seconds: int) -> list[int]:
    found = list[int]()
    for second in range(start + 1, start + seconds + 1):
        found += signs.find_silent([PID], float(second))
    return found


def test_child_has_time_to_start(speaking: Signs) -> None:
    assert silent_from(speaking, 0, int(START_SECONDS)) == []
    assert silent_from(speaking, int(START_SECONDS), 1) == [PID]


def test_child_that_is_gone_is_forgotten(speaking: Signs) -> None:
    assert silent_from(speaking, 0, int(START_SECONDS) - 1) == []
    assert speaking.find_silent([], START_SECONDS) == []
    assert silent_from(speaking, int(START_SECONDS), 20) == []


def test_child_that_fell_silent_is_named(speaking: Signs) -> None:
    notify(WATCHDOG)
    assert speaking.find_silent([PID], 1.0) == []
    assert silent_from(speaking, 1, int(SILENT_SECONDS)) == []
    assert silent_from(speaking, 1 + int(SILENT_SECONDS), 1) == [PID]
    notify(WATCHDOG)
    assert speaking.find_silent([PID], 2 + SILENT_SECONDS) == []


def test_frozen_supervisor_gives_its_children_their_time_again(speaking: Signs) -> None:
    notify(WATCHDOG)
    speaking.find_silent([PID], 1.0)
    assert silent_from(speaking, 1, 25) == []
    assert speaking.find_silent([PID], 26.0 + FROZEN_SECONDS + 3600) == []
    assert silent_from(speaking, 26 + int(FROZEN_SECONDS) + 3600, 25) == []


def test_other_messages_are_no_sign_of_life(speaking: Signs) -> None:
    notify(WATCHDOG)
    speaking.find_silent([PID], 1.0)
    found = list[int]()
    for second in range(2, 40):
        notify("STATUS=WATCHDOG=10")
        found += speaking.find_silent([PID], float(second))
    assert PID in found


def test_no_process_speaks_for_another_one(speaking: Signs) -> None:
    notify(WATCHDOG)
    speaking.find_silent([PID], 1.0)
    assert silent_from(speaking, 1, 25) == []
    subprocess.run([sys.executable, "-c", SPEAKS], check=True, timeout=60)
    assert silent_from(speaking, 26, 10) != []


@pytest.fixture
def child(signs: Signs, tmp_path: Path) -> Iterator[LockedProcess]:
    """A process that lives and gives signs of life."""
    reader, writer = os.pipe()
    os.close(reader)
    held = spawn(
        [sys.executable, "-c", CHILD.replace("input()", "__import__('threading').Event().wait()")],
        lock=tmp_path / "lock",
        log=tmp_path / "log",
        environ={**os.environ, **signs.environ(), "WATCHDOG_USEC": "300000"},
        death_signal=signal.SIGKILL,
    )
    os.close(writer)
    yield held
    held.send(signal.SIGKILL)
    held.gone_within(10.0)


def await_sign(signs: Signs, child: LockedProcess) -> None:
    signs.find_silent([child.pid], 0.0)
    while signs._silent[child.pid] != 0.0:
        signs.find_silent([child.pid], 0.0)


def test_frozen_child_is_ended_and_started_again(signs: Signs, child: LockedProcess, tmp_path: Path) -> None:
    kept = SupervisedProcess("worker", child, lambda: child, tmp_path / "log")
    now = 0.0
    await_sign(signs, child)
    child.send(signal.SIGSTOP)
    while not signs.find_silent([child.pid], now):
        now += 1.0
    assert kept.end_hung()
    assert kept.end_hung() is None
    assert child.gone_within(10.0)
    assert kept.tend(now)
    assert kept.due is not None


def test_hung_child_shows_where_it_hangs(signs: Signs, child: LockedProcess, tmp_path: Path) -> None:
    kept = SupervisedProcess("worker", child, lambda: child, tmp_path / "log")
    await_sign(signs, child)
    kept.end_hung()
    assert child.gone_within(10.0)
    assert child.returncode() == -signal.SIGABRT
    assert "Event().wait()" in (tmp_path / "log").read_text() or "in wait" in (tmp_path / "log").read_text()
