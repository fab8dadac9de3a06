"""A person at a terminal beside an installation: commands in a shell, and ``automate tail`` in a window of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.support.installations import Installation
from tests.support.tree import ROOT

SECONDS = 60


class Following:
    """``automate tail`` in a terminal of its own."""

    def __init__(self, command: str, environ: dict[str, str], cwd: Path) -> None:
        self.lines: queue.Queue[str] = queue.Queue()
        self.noted: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=cwd,
        )
        pipes = ((self.process.stdout, self.lines), (self.process.stderr, self.noted))
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in pipes]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(pipe: Iterator[str], into: queue.Queue[str]) -> None:
        for line in pipe:
            into.put(line.rstrip("\n"))

    def await_ends(self, runs: int) -> list[str]:
        """The lines until so many runs have ended."""
        said: list[str] = []
        while runs:
            said.append(self.lines.get(timeout=SECONDS))
            runs -= bool(re.search(r" first +running -> succeeded$", said[-1]))
        return said

    def end(self) -> str:
        """Ctrl-C; the command that goes on."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(SECONDS) == 0
        self.close()
        noted = list(self.noted.queue)
        (again,) = [line.removeprefix("Resume with: ") for line in noted if line.startswith("Resume with: ")]
        return again

    def close(self) -> None:
        """Whatever became of the test: no process, no thread and no pipe stays behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(SECONDS)
            # To close what a thread is reading would wait for that thread, past every time-out.
            assert not reader.is_alive(), "somebody keeps the pipe of a process that has ended"
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


class Terminal:
    """A person's shell beside an installation: ``automate`` is on the path, files are where they stand. Close it."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        programs = folder / "bin"
        programs.mkdir(parents=True)
        (programs / "automate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m automate.cli "$@"\n')
        (programs / "automate").chmod(0o755)
        self.installation, self.folder = installation, folder
        self.followings: list[Following] = []
        self.environ = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "AUTOMATE_HOME": str(installation.home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        }
        for name in ("AUTOMATE_ADMIN_DATABASE_URL", "AUTOMATE_SECRET_KEY", "AUTOMATE_URL", "AUTOMATE_TOKEN"):
            self.environ.pop(name, None)

    def run(self, *commands: str) -> list[tuple[int, list[str]]]:
        """Status and lines of each command, in one shell."""
        script = "".join(
            f"{{ {command}\n}} >out.{number} 2>&1; echo $? >status.{number}\n"
            for number, command in enumerate(commands)
        )
        subprocess.run(["bash", "-c", script], check=True, env=self.environ, cwd=self.folder, timeout=SECONDS * 2)
        return [
            (
                int((self.folder / f"status.{number}").read_text()),
                (self.folder / f"out.{number}").read_text().splitlines(),
            )
            for number in range(len(commands))
        ]

    def follow(self, command: str) -> Following:
        following = Following(command, self.environ, self.folder)
        self.followings.append(following)
        assert following.noted.get(timeout=SECONDS).startswith("Following")
        return following

    def close(self) -> None:
        for following in self.followings:
            following.close()
