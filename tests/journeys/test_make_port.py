"""``automate up`` and whoever else would have its port: it is Ready only when its own web listens there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psutil
import pytest

from tests.support.facts import naming
from tests.support.installations import END_SECONDS, READY_SECONDS, Installation, clean_environ, processes_of
from tests.support.serving import serving_http

pytestmark = pytest.mark.slow

TAKEN = "error while attempting to bind on address"


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status": "ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def other_web(port: int) -> Iterator[None]:
    """A program on the port that is ready, too."""
    with serving_http(port, _Ready):
        yield


def automate(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "automate.cli", *arguments]
    environ = clean_environ(installation.home, installation.port)
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS * 2)


@pytest.mark.long
def test_other_web_on_the_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    with Installation(tmp_path / ".automate") as installation:
        installation.await_line("PostgreSQL")  # the port was free until here
        with other_web(installation.port):
            died = installation.await_line("web (pid")
            assert died == naming("status 3", f"[Errno 98] {TAKEN}")
            installation.await_line("web died 3 times")
            assert installation.process.wait(END_SECONDS) == 1
    assert not [line for line in installation.said if "Ready" in line]
    assert not (installation.home / "up.json").exists()
    assert processes_of(installation.home) == []


@pytest.mark.long
def test_web_that_cannot_come_back_says_why(tmp_path: Path) -> None:
    with Installation(tmp_path / ".automate") as installation:
        web = psutil.Process(installation.await_ready()["pids"]["web"])
        assert automate(installation, "health", "web").stdout == naming("web")
        checked = automate(installation, "doctor").stdout.splitlines()
        assert naming("up.json", "http://") in [line for line in checked if line.startswith("ok")]
        os.kill(web.pid, signal.SIGKILL)
        psutil.wait_procs([web], timeout=END_SECONDS)
        with other_web(installation.port):
            assert installation.await_line("web (pid") == naming("SIGKILL")
            assert installation.await_line("web (pid") == naming("status 3", f"[Errno 98] {TAKEN}")
            other = naming(f"127.0.0.1:{installation.port}", installation.home, "not")
            assert other in automate(installation, "health", "web").stderr.splitlines()
            found = automate(installation, "doctor").stdout
            assert other in [line for line in found.splitlines() if line.startswith("fail")]
            assert "The token of" not in found, "nobody else is sent it"
        deadline = time.monotonic() + READY_SECONDS
        while automate(installation, "health", "web").returncode:
            assert time.monotonic() < deadline, "web did not come back to a port that is free again"
        assert installation.end() == 0
