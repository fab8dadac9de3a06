"""CI ends a run that takes too long by SIGTERM; what it was in, and what had failed, must not be lost with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TESTS = """
import time

def test_wrong(): assert 1 == 2
def test_endless(): time.sleep(200)
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_stopped_run_names_what_it_was_in_and_what_failed(tmp_path: Path, workers: tuple[str, ...]) -> None:
    file = tmp_path / "test_long.py"
    file.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider", "-v", *workers]
    running = subprocess.Popen(
        [*command, "-p", "tests.support.last_words", str(file)], cwd=ROOT, stdout=subprocess.PIPE, bufsize=0
    )
    said = stopped(running, once=b"::test_endless").decode()
    assert running.returncode == 2
    assert (
        "\nTold to stop (SIGTERM).\nUnder way: test_long.py::test_endless\nFailed: test_long.py::test_wrong\n" in said
    )
    assert "= FAILURES =" in said


def stopped(running: subprocess.Popen[bytes], once: bytes) -> bytes:
    """Tell it to stop once it has said this, and again where that fell into a finalizer. Returns all that it said."""
    assert running.stdout is not None
    said = b""
    while once not in said:
        part = running.stdout.read(65536)
        assert part, said
        said += part
    for _ in range(6):
        running.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            return said + running.communicate(timeout=20)[0]
    raise AssertionError(said)
