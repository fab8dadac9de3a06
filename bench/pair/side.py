"""A side of the comparison: a ``python -m bench.side`` of one checkout, controlled by its pipes."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench.lines import Line
from bench.pair.checkout import LOG_LINES, clean_environ
from bench.pair.refusal import Refusal

PROTOCOL = 1
HELLO_SECONDS = 60.0
PREPARE_SECONDS = 600.0
MEASURE_SECONDS = 300.0
STOP_SECONDS = 120.0
READ_BYTES = 65_536


@dataclass
class Side:
    """One side."""

    name: str
    """base or this."""
    root: Path
    """The checkout whose code it must import."""
    commit: str
    process: subprocess.Popen[bytes]
    log: Path
    python: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    """Name -> line that it can measure."""
    _read: bytes = b""

    @property
    def title(self) -> str:
        """The side's name as the subject of a sentence."""
        return "This side" if self.name == "this" else "The base"

    def greet(self) -> None:
        """Read the side's first answer. Raises Refusal unless it imports the code of its own checkout and commit."""
        told = self._hear(HELLO_SECONDS)
        if told["protocol"] != PROTOCOL:
            raise Refusal(f"{self.title} speaks protocol {told['protocol']}; this checkout speaks {PROTOCOL}.")
        if told["commit"] != self.commit:
            raise Refusal(f"{self.title} imports commit {told['commit']} instead of {self.commit}.")
        root = self.root.resolve()
        for package, folders in told["imports"].items():
            for folder in folders:
                if not Path(folder).resolve().is_relative_to(root):
                    raise Refusal(f"{self.title} imports {package} from {folder} instead of {root}.")
        if Path(told["prefix"]).resolve() != (root / ".venv").resolve():
            raise Refusal(f"{self.title} uses the packages of {told['prefix']} instead of {root / '.venv'}.")
        self.python = told["python"]
        self.lines = {line["name"]: Line(**line) for line in told["lines"]}

    def prepare(self, loads: Sequence[str]) -> None:
        """Start the side's system and run each load once."""
        self._ask({"prepare": list(loads)})
        self._hear(PREPARE_SECONDS)

    def measure(self, load: str) -> dict[str, float]:
        """The value of each line that the load yields."""
        self._ask({"measure": load})
        figures: dict[str, float] = self._hear(MEASURE_SECONDS)["figures"]
        return figures

    def _ask(self, request: dict[str, Any]) -> None:
        pipe = _open(self.process.stdin)
        try:
            pipe.write(json.dumps(request).encode() + b"\n")
            pipe.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _hear(self, seconds: float) -> dict[str, Any]:
        """Read an answer. Raises Refusal if the side ends or does not answer in time."""
        pipe, deadline = _open(self.process.stdout), time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._read:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise Refusal(f"{self.title} did not answer within {seconds:g} s.")
                if not (read := os.read(pipe.fileno(), READ_BYTES)):
                    raise self._ended()
                self._read += read
        line, _, self._read = self._read.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ended(self) -> Refusal:
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        return Refusal(f"{self.title} ended too early. Its log ends with:\n{last}")

    def stop(self) -> None:
        """End the side's processes and servers. The group is killed after a timeout."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(BrokenPipeError):
                _open(pipe).close()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


@contextmanager
def started(name: str, root: Path, commit: str, log: Path) -> Iterator[Side]:
    """Start the side's process.

    Its session is separate, so that Ctrl-C reaches only the comparison, which then ends its sides.
    """
    with log.open("ab") as opened:
        process = subprocess.Popen(
            [str(root / ".venv" / "bin" / "python"), "-m", "bench.side"],
            cwd=root,
            # Both sides use the same hash seed, so that the order of sets makes no difference.
            env={**clean_environ(), "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=opened,
            start_new_session=True,
        )
    side = Side(name, root, commit, process, log)
    try:
        side.greet()
        yield side
    finally:
        side.stop()
