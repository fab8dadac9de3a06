"""Tests that run side by side take turns where one needs the machine for itself."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.tree import ROOT
from tests.support.turns import FOLDER, turn

SECONDS = 20
NOT_YET_SECONDS = 0.2
HOLDER = """
import sys
from pathlib import Path
from tests.support.turns import turn
with turn(Path(sys.argv[1]), alone=True):
    print("in", flush=True)
    sys.stdin.read()
"""


class Taker:
    """Takes a turn in a thread of its own, and keeps it until told."""

    def __init__(self, folder: Path, *, alone: bool) -> None:
        self.inside, self.over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._take, args=(folder, alone))
        self._thread.start()

    def _take(self, folder: Path, alone: bool) -> None:  # noqa: FBT001 - from the line above alone
        with turn(folder, alone=alone):
            self.inside.set()
            assert self.over.wait(SECONDS)

    def end(self) -> None:
        self.over.set()
        self._thread.join(SECONDS)


@pytest.fixture
def take(tmp_path: Path) -> Iterator[Callable[..., Taker]]:
    with ExitStack() as takers:

        def one(*, alone: bool) -> Taker:
            taker = Taker(tmp_path, alone=alone)
            takers.callback(taker.end)
            return taker

        yield one


def free(file: Path, how: int) -> bool:
    """Whether a lock could be had at once."""
    with file.open("wb") as opened:
        try:
            fcntl.flock(opened, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def stand_in_the_turnstile(folder: Path) -> None:
    """Until somebody does."""
    tick = threading.Event()
    while free(folder / "turnstile", fcntl.LOCK_EX):
        tick.wait(0.001)


def test_many_share_the_machine(take: Callable[..., Taker]) -> None:
    takers = [take(alone=False) for _ in range(3)]
    assert [taker.inside.wait(SECONDS) for taker in takers] == [True] * 3


def test_one_alone_waits_for_those_inside_and_those_who_come_later_wait_for_it(
    take: Callable[..., Taker], tmp_path: Path
) -> None:
    early = take(alone=False)
    assert early.inside.wait(SECONDS)
    alone = take(alone=True)
    stand_in_the_turnstile(tmp_path)
    late = take(alone=False)
    assert not late.inside.wait(NOT_YET_SECONDS)
    assert not alone.inside.is_set()
    early.end()
    assert alone.inside.wait(SECONDS)
    assert not late.inside.wait(NOT_YET_SECONDS)
    alone.end()
    assert late.inside.wait(SECONDS)


def test_killed_process_gives_its_turn_back(take: Callable[..., Taker], tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdout.readline() == "in\n"
        other = take(alone=False)
        assert not other.inside.wait(NOT_YET_SECONDS)
        holder.kill()
        assert other.inside.wait(SECONDS)


@pytest.mark.parametrize("alone", [True, False])
def test_copy_that_a_forked_process_holds_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    alone: bool,  # noqa: FBT001 - a case
) -> None:
    copies: list[int] = []
    lock = fcntl.flock

    def lock_and_fork(file: BinaryIO, how: int) -> None:
        lock(file, how)
        copies.append(os.dup(file.fileno()))

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", lock_and_fork)
        with turn(tmp_path, alone=alone):
            pass
    try:
        assert [free(tmp_path / name, fcntl.LOCK_EX) for name in ("turnstile", "machine")] == [True, True]
    finally:
        for copy in copies:
            os.close(copy)


def test_this_test_shares_the_machine(pytestconfig: pytest.Config) -> None:
    machine = pytestconfig.stash[FOLDER] / "machine"
    assert (free(machine, fcntl.LOCK_SH), free(machine, fcntl.LOCK_EX)) == (True, False)


@pytest.mark.alone
def test_this_test_has_the_machine_alone(pytestconfig: pytest.Config) -> None:
    assert not free(pytestconfig.stash[FOLDER] / "machine", fcntl.LOCK_SH)


def test_those_alone_come_first(request: pytest.FixtureRequest) -> None:
    alone = [item.get_closest_marker("alone") is not None for item in request.session.items]
    assert alone == sorted(alone, reverse=True)
