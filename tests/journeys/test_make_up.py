"""``automate up`` from this environment: ready, kept running, ended without a trace, found again after a kill."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from automate.project.local.ports import free_port
from tests.support.installations import END_SECONDS, UP, Installation, clean_environ, processes_of

PROCESSES = ("web", "relay", "worker", "scheduler")
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


def ready_status(up: dict[str, str]) -> int:
    with urllib.request.urlopen(up["graphql"].replace("/graphql", "/readyz"), timeout=10) as answer:
        status: int = answer.status
    return status


def test_up_file_tells_clients_everything(running: Installation) -> None:
    up = running.up()
    server = f"127.0.0.1:{running.port}"
    assert list(up) == [
        "tenant", "url", "graphql", "graphql_ws", "hooks", "token", "tenants", "platform", "pids", "database_url", "redis_url",
    ]  # fmt: skip
    assert up["tenant"] == "acme"
    assert up["url"] == f"http://{server}/t/acme/"
    assert up["graphql"] == f"http://{server}/graphql"
    assert up["graphql_ws"] == f"ws://{server}/graphql"
    assert up["hooks"] == f"http://{server}/t/acme/hooks/"
    assert set(up["tenants"]) == {"acme", "globex"}
    assert up["tenants"]["acme"] == {"token": up["token"]}
    assert len({up["token"], up["tenants"]["globex"]["token"], up["platform"]["token"]}) == 3
    assert set(up["pids"]) == {"supervisor", *PROCESSES}
    assert up["pids"]["supervisor"] == running.process.pid
    assert stat.S_IMODE((running.home / "up.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(running.home.stat().st_mode) == 0o700


def test_printed_curl_sends_an_event(running: Installation) -> None:
    start = next(number for number, line in enumerate(running.said) if line.startswith("curl "))
    command = "\n".join(running.said[start : start + 4])
    done = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=30)
    answer = json.loads(done.stdout)["data"]["ingestEvent"]
    assert (answer["outcome"], answer["errors"]) == ("NEW", [])


@pytest.mark.parametrize("name", PROCESSES)
def test_killed_process_starts_again(running: Installation, name: str) -> None:
    before = running.up()["pids"][name]
    os.kill(before, signal.SIGKILL)
    running.await_line(f"{name} (pid {before}) ended with SIGKILL; starting it again in 0.2 s")
    running.await_line(f"{name} started again")
    after = running.up()["pids"][name]
    assert after != before
    assert psutil.pid_exists(after)


def test_killed_servers_start_again_under_their_urls(running: Installation) -> None:
    before = running.up()
    for title, lock in zip(SERVERS, ("postgres", "valkey"), strict=True):
        os.kill(int((running.home / "locks" / lock).read_text()), signal.SIGKILL)
        running.await_line(f"{title} started again")
    assert running.up()["database_url"] == before["database_url"]
    assert running.up()["redis_url"] == before["redis_url"]


def test_second_up_refuses_and_harms_nothing(running: Installation) -> None:
    up = running.up()
    environ = clean_environ(running.home, running.port)
    second = subprocess.run(UP, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS)
    assert second.returncode == 1
    assert f"Already running at {up['url']} (pid {running.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert running.up() == up
    assert ready_status(up) == 200


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
        second.await_line(f"An earlier run (pid {up['pids']['supervisor']}) was killed")
        for title in SERVERS:
            assert "left by an earlier run; using it" in second.await_line(title)
        assert second.await_ready()["database_url"] == up["database_url"]
        assert second.end() == 0
        assert processes_of(running.home) == []


def test_taken_port_is_named_with_its_owner(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        environ = clean_environ(home, port)
        done = subprocess.run(UP, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS)
    assert done.returncode == 1
    assert f"Port {port} is taken by pid {os.getpid()}" in done.stderr
    assert f"AUTOMATE_PORT={port + 1}" in done.stderr
    assert processes_of(home) == []
