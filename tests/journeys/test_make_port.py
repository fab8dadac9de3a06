"""``automate up`` and whoever else would have its port: it is Ready only when its own web listens there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.support.installations import END_SECONDS, READY_SECONDS, Installation, clean_environ, processes_of

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
    with ThreadingHTTPServer(("127.0.0.1", port), _Ready) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


def automate(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "automate.project.cli", *arguments]
    environ = clean_environ(installation.home, installation.port)
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS * 2)


def test_other_web_on_the_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    with Installation(tmp_path / ".automate") as installation:
        installation.await_line("PostgreSQL")  # the port was free until here
        with other_web(installation.port):
            died = installation.await_line("web (pid")
            assert f"ended with status 3: [Errno 98] {TAKEN}" in died
            installation.await_line("web died 3 times while starting; its log says why.")
            assert installation.process.wait(END_SECONDS) == 1
    assert not [line for line in installation.said if "Ready" in line]
    assert not (installation.home / "up.json").exists()
    assert processes_of(installation.home) == []


def test_web_that_cannot_come_back_says_why(tmp_path: Path) -> None:
    with Installation(tmp_path / ".automate") as installation:
        web = psutil.Process(installation.await_ready()["pids"]["web"])
        assert automate(installation, "health", "web").stdout == "web makes progress\n"
        assert "\nok    The token of up.json is taken at http://" in automate(installation, "doctor").stdout
        os.kill(web.pid, signal.SIGKILL)
        psutil.wait_procs([web], timeout=END_SECONDS)
        with other_web(installation.port):
            assert "ended with SIGKILL; starting it again" in installation.await_line("web (pid")
            assert f"ended with status 3: [Errno 98] {TAKEN}" in installation.await_line("web (pid")
            where = f"127.0.0.1:{installation.port} is not web of {installation.home}"
            assert where in automate(installation, "health", "web").stderr
            found = automate(installation, "doctor").stdout
            assert f"fail  what answered 200 at {where}" in found
            assert "The token of" not in found, "nobody else is sent it"
        deadline = time.monotonic() + READY_SECONDS
        while automate(installation, "health", "web").returncode:
            assert time.monotonic() < deadline, "web did not come back to a port that is free again"
        assert installation.end() == 0
