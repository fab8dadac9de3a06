"""``automate up`` as a person runs it: a process of its own, its lines as they come, its traces afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from automate.devserver.ports import free_port
from automate.kernel.roles import VARIABLE_OF

READY_SECONDS = 90.0
"""Without another line. A busy machine starts everything more slowly, and still says each step."""
END_SECONDS = 30.0
UP = (sys.executable, "-m", "automate.cli", "up")

OUTSIDE = (
    *VARIABLE_OF.values(),
    "DATABASE_URL",
    "REDIS_URL",
    "AUTOMATE_ADMIN_DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "AUTOMATE_SECRET_KEY",
)
"""What a test session sets for itself and an installation must make on its own."""


def clean_environ(home: Path, port: int) -> dict[str, str]:
    """This session's environment without the settings of its servers."""
    environ = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
    return {
        **environ,
        "AUTOMATE_HOME": str(home),
        "AUTOMATE_PORT": str(port),
        "AUTOMATE_WORKERS": "2",
        "AUTOMATE_PORTAL_BUILD": "no",
    }


class Installation:
    """Use as ``with``: starts the command, and at the end kills whatever of the home is still there."""

    def __init__(
        self,
        home: Path,
        *,
        command: Sequence[str] = UP,
        cwd: Path | None = None,
        port: int = 0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.home, self.port = home, port or free_port()
        self._environ = environ or clean_environ(home, self.port)
        self.said: list[str] = []
        self._command, self._cwd = command, cwd
        self._lines: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> Installation:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        self.process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=self._cwd,
            env=self._environ,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        # Again and again: one of them may have been starting another. Its output ends with the last that holds it.
        deadline = time.monotonic() + END_SECONDS
        while (left := processes_of(self.home)) or self._reader.is_alive():
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._reader.join(0.5)
            assert time.monotonic() < deadline, f"somebody outlives the installation: {left}"
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def await_line(self, text: str, seconds: float = READY_SECONDS) -> str:
        """The next line that holds ``text``; fails with all that was said when no line at all comes for so many seconds."""
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except queue.Empty:
                break
            if line is None:
                break
            self.said.append(line)
            if text in line:
                return line
        message = "\n".join([f"no line with {text!r}; it said:", *self.said])
        raise AssertionError(message)

    def await_ready(self) -> dict[str, Any]:
        self.await_line("Ctrl-C stops everything")
        return self.up()

    def up(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.home / "up.json").read_text())
        return content

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and give the exit status."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)


def _mentions(process: psutil.Process, home: str) -> bool:
    try:
        environ: Mapping[str, str] = process.environ()
        return process.status() != psutil.STATUS_ZOMBIE and (
            any(home in part for part in process.cmdline()) or environ.get("AUTOMATE_HOME") == home
        )
    except psutil.Error:
        return False


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process that works for this home, whoever its parent is; told by its command line or its environment."""
    return [process for process in psutil.process_iter() if _mentions(process, str(home))]
