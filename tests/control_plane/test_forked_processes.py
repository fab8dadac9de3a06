"""Processes that ``automate up`` forks are as if started by ``exec``, and their ends are known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from automate.devserver import forks as forking
from automate.devserver.forks import NAME, Forks
from automate.devserver.held import LockedProcess, found, holder
from automate.kernel.errors import NormalizedError
from tests.support.facts import naming

pytestmark = pytest.mark.skipif(not Forks.work_here(), reason="processes are forked on Linux alone")

SECONDS = 30.0
COMMAND = """
import json, os, sys, time
def main():
    state = {"argv": sys.argv, "environ": dict(os.environ), "session": os.getsid(0), "pid": os.getpid(),
             "files": sorted(os.listdir("/proc/self/fd")), "name": open("/proc/self/comm").read().strip()}
    print(json.dumps(state))
    if sys.argv[1] == "fail":
        sys.exit(7)
    if sys.argv[1] == "wait":
        time.sleep(600)
"""
"""Stands for ``automate.cli``."""


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder in ("locks", "log", "code"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def forks(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forks]:
    """It forks a command of this test, in the place of the project's."""
    (home / "code" / "test_command.py").write_text(COMMAND)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(home / "code"), *sys.path]))
    monkeypatch.setattr(forking, "SHARED", ("test_command",))
    monkeypatch.setattr(forking, "COMMAND", "test_command")
    made = Forks(home)
    yield made
    made.close()
    for lock in (home / "locks").iterdir():
        if left := found(lock):
            left.end(((signal.SIGKILL, SECONDS),))


def fork(forks: Forks, word: str, name: str = "worker", **environ: str) -> LockedProcess:
    lock, log = forks.home / "locks" / name, forks.home / "log" / f"{name}.log"
    return forks.fork(name, [word], lock=lock, log=log, environ=environ, death_signal=signal.SIGTERM)


SUPERVISOR = """
import pathlib, signal, sys
from automate.devserver import forks
forks.SHARED, forks.COMMAND = ("test_command",), "test_command"
home = pathlib.Path(sys.argv[1])
lock, log = home / "locks" / "worker", home / "log" / "worker.log"
forks.Forks(home).fork("worker", ["wait"], lock=lock, log=log, environ={}, death_signal=signal.SIGTERM)
print("ready", flush=True)
signal.pause()
"""


def state_of(forks: Forks, name: str = "worker") -> dict[str, object]:
    log = forks.home / "log" / f"{name}.log"
    until(lambda: log.exists() and log.read_text().endswith("}\n"))
    state: dict[str, object] = json.loads(log.read_text().splitlines()[-1])
    return state


def test_process_is_as_if_started_by_exec(forks: Forks) -> None:
    held = fork(forks, "wait", SETTING="of the process")
    state = state_of(forks)
    assert state["argv"] == ["automate", "wait"]
    assert state["environ"] == {"SETTING": "of the process"}
    assert state["pid"] == state["session"] == held.pid
    assert state["name"] == "worker"
    assert holder(held.lock) == held.pid
    # Standard files, the lock, and the folder that is listed.
    assert len(state["files"]) == 5  # type: ignore[arg-type]


def test_secrets_of_the_supervisor_stay_out(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_SECRET_KEY", "hidden")
    held = fork(forks, "wait")
    shown = psutil.Process(held.pid).environ()
    assert "AUTOMATE_SECRET_KEY" not in shown
    assert "PYTHONPATH" in shown


@pytest.mark.parametrize(("word", "status"), [("end", 0), ("fail", 7)])
def test_status_of_an_end_is_known(forks: Forks, word: str, status: int) -> None:
    held = fork(forks, word)
    assert held.gone_within(SECONDS)
    assert held.returncode() == status


def test_signal_that_ended_a_process_is_known(forks: Forks) -> None:
    held, other = fork(forks, "wait"), fork(forks, "wait", "web")
    held.send(signal.SIGKILL)
    assert held.gone_within(SECONDS)
    assert held.returncode() == -signal.SIGKILL
    assert other.alive()


def test_end_of_a_process_wakes_the_supervisor(forks: Forks) -> None:
    woken = list[int]()
    before = signal.signal(signal.SIGCHLD, lambda number, _frame: woken.append(number))
    try:
        held = fork(forks, "wait")
        woken.clear()
        held.send(signal.SIGKILL)
        until(lambda: woken)
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_processes_end_with_the_supervisor(forks: Forks) -> None:
    """``forks`` prepares the home and the command; another process is the supervisor."""
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(forks.home)], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"ready\n"
        state_of(forks)
        supervisor.kill()
    for name in ("worker", NAME):
        until(lambda: holder(forks.home / "locks" / name) is None)  # noqa: B023 - called before it changes


def test_processes_outlive_the_one_that_forked_them_and_the_next_order_starts_it_again(forks: Forks) -> None:
    held = fork(forks, "wait")
    first = holder(forks.home / "locks" / NAME)
    os.kill(first or 0, signal.SIGKILL)
    again = fork(forks, "wait", "relay")
    assert (held.alive(), again.alive()) == (True, True)
    assert holder(forks.home / "locks" / NAME) not in (None, first)
    held.send(signal.SIGKILL)
    assert held.gone_within(SECONDS)
    assert held.returncode() == -signal.SIGKILL


def test_only_forked_processes_are_adopted(forks: Forks) -> None:
    """Nobody here would reap other orphans."""
    held = fork(forks, "wait")
    assert psutil.Process(held.pid).ppid() == os.getpid()
    orphan = int(subprocess.check_output(["sh", "-c", "sleep 600 >/dev/null & echo $!"]))
    try:
        assert psutil.Process(orphan).ppid() != os.getpid()
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_close_ends_it_alone(forks: Forks) -> None:
    held = fork(forks, "wait")
    forks.close()
    assert held.alive()
    assert holder(forks.home / "locks" / NAME) is None


def test_library_that_is_missing_is_left_out(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "SHARED", ("no_such_library", "test_command"))
    assert fork(forks, "wait").alive()


def test_process_that_cannot_start_is_told_with_its_log(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "MODULE", "no_such_module")
    with pytest.raises(NormalizedError) as refusal:
        fork(forks, "wait")
    assert refusal.value.message == naming(f"{NAME}.log")
    assert "no_such_module" in (forks.home / "log" / f"{NAME}.log").read_text()


@pytest.mark.slow
def test_libraries_start_no_thread_and_read_no_setting() -> None:
    """They are imported without settings; each one is there in the newest releases."""
    code = "import sys, threading, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; print(threading.active_count())"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOMATE", "DJANGO"))}
    done = subprocess.run(
        [sys.executable, "-c", code, *forking.SHARED], capture_output=True, text=True, env=environ, check=True
    )
    assert done.stdout.strip() == "1"
