"""``automate up`` at its end: nothing stays behind, and what a kill left is found."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from automate.devserver.ports import free_port
from tests.support.facts import naming
from tests.support.installations import END_SECONDS, UP, Installation, clean_environ, processes_of

pytestmark = pytest.mark.slow

PROCESSES = ("web", "relay", "worker", "worker-2", "scheduler")
SERVERS = ("PostgreSQL", "Valkey")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the module: migrated once, then started again and again."""
    return tmp_path_factory.mktemp("a home") / ".automate"


@pytest.fixture
def running(home: Path) -> Iterator[Installation]:
    with Installation(home) as installation:
        installation.await_ready()
        yield installation


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_leaves_no_process(running: Installation, number: signal.Signals) -> None:
    assert len(processes_of(running.home)) >= len((*PROCESSES, *SERVERS, "supervisor"))
    assert running.end(number) == 0
    assert processes_of(running.home) == []
    assert not (running.home / "up.json").exists()


def test_interrupt_sent_twice_leaves_no_process(running: Installation) -> None:
    running.process.send_signal(signal.SIGINT)
    assert running.end(signal.SIGINT) == 0
    assert processes_of(running.home) == []


def test_closed_terminal_leaves_no_process(home: Path) -> None:
    terminal, own_side = pty.openpty()
    environ = clean_environ(home, free_port())
    command = ["setsid", "--ctty", *UP]
    with subprocess.Popen(command, stdin=own_side, stdout=own_side, stderr=own_side, env=environ) as process:
        os.close(own_side)
        shown = b""
        while b"stops everything" not in shown:
            shown += os.read(terminal, 4096)
        os.close(terminal)
        assert process.wait(END_SECONDS) == 0
    assert processes_of(home) == []


def test_next_up_finds_what_a_killed_one_left(running: Installation) -> None:
    up = running.up()
    own = [psutil.Process(up["pids"][name]) for name in PROCESSES]
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    _, alive = psutil.wait_procs(own, timeout=END_SECONDS)
    assert alive == [], "the kernel ends the processes of a killed supervisor"
    with Installation(running.home, port=running.port) as second:
        second.await_line(f"(pid {up['pids']['supervisor']}) was killed")
        for title in SERVERS:
            assert second.await_line(title) == naming("earlier")
        assert second.await_ready()["database_url"] == up["database_url"]
        assert second.end() == 0
        assert processes_of(running.home) == []


def automate(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside an installation, in a process of its own."""
    command = [sys.executable, "-m", "automate.cli", *arguments]
    environ = clean_environ(home, free_port())
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS * 2)


def test_stop_says_what_it_stops_and_that_nothing_is_left(running: Installation) -> None:
    pid = running.up()["pids"]["supervisor"]
    done = automate(running.home, "stop")
    assert (done.returncode, done.stderr) == (0, "")
    stopping, stopped = done.stdout.splitlines()
    assert (stopping, stopped) == (naming(running.home, pid), "Stopped")
    again = automate(running.home, "stop")
    assert (again.returncode, again.stdout, again.stderr) == (0, naming(running.home), "")


@pytest.mark.parametrize("place", ["never", "file"])
def test_stop_where_nothing_ever_ran_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    done = automate(tmp_path / place, "stop")
    assert (done.returncode, done.stdout, done.stderr) == (0, naming(tmp_path / place), "")


def test_doctor_and_stop_see_that_an_installation_was_killed(running: Installation) -> None:
    up = running.up()
    assert f"ok    Running at {up['graphql']}" in automate(running.home, "doctor").stdout
    own = [psutil.Process(up["pids"][name]) for name in PROCESSES]
    running.end(signal.SIGKILL)
    psutil.wait_procs(own, timeout=END_SECONDS)
    found = automate(running.home, "doctor")
    assert found.returncode == 1
    assert naming("killed", running.home) in [line for line in found.stdout.splitlines() if line.startswith("fail")]
    assert naming("make up", "automate stop") in found.stdout.splitlines()
    stopped = automate(running.home, "stop")
    assert (stopped.returncode, stopped.stdout.splitlines()[-1]) == (0, "Stopped")
    assert processes_of(running.home) == []
    assert not (running.home / "up.json").exists()
    assert "Running at" not in automate(running.home, "doctor").stdout


def test_taken_port_is_named_with_its_owner(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        environ = clean_environ(home, port)
        done = subprocess.run(UP, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS)
    assert done.returncode == 1
    assert done.stderr == naming(port, os.getpid())
    assert f"AUTOMATE_PORT={port + 1}" in done.stderr
    assert processes_of(home) == []
