"""One test that stands still must not hold the others for ever, wherever it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STILL = """
import asyncio, time
import pytest, uvloop

async def for_ever():
    await asyncio.Event().wait()

async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

def test_other(): pass
def test_uvloop(): uvloop.run(for_ever())
def test_asyncio(): asyncio.run(for_ever())
def test_sleep(): time.sleep(60)
def test_stubborn(): uvloop.run(stubborn())

@pytest.fixture
def still():
    uvloop.run(for_ever())

def test_setup(still): pass

@pytest.fixture
def left():
    yield
    uvloop.run(for_ever())

def test_teardown(left): pass
"""


def outcome(
    tmp_path: Path, *names: str, plugins: tuple[str, ...], within: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run these, a second for each. within: seconds for all."""
    file = tmp_path / "test_still.py"
    file.write_text(STILL)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider", "--timeout", "1", *plugins]
    chosen = [f"{file}::{name}" for name in names]
    return subprocess.run([*command, *chosen], check=False, cwd=ROOT, capture_output=True, text=True, timeout=within)


OURS = ("-p", "tests.support.time_limits")


def test_what_stands_still_fails_and_the_next_goes_on(tmp_path: Path) -> None:
    still = ["test_uvloop", "test_asyncio", "test_sleep", "test_setup", "test_teardown"]
    ended = outcome(tmp_path, *still, "test_other", plugins=OURS)
    assert ended.returncode == 1, ended.stdout
    assert "3 failed, 2 passed, 2 errors" in ended.stdout
    for name in still:
        assert f"Timeout (>1.0s): test_still.py::{name}" in ended.stdout


def test_what_swallows_its_end_takes_its_process_with_it(tmp_path: Path) -> None:
    ended = outcome(tmp_path, "test_stubborn", plugins=OURS)
    assert ended.returncode == 1
    assert "test_still.py::test_stubborn did not end after its time-out" in ended.stderr
    assert "in run" in ended.stderr


def test_without_ours_an_event_loop_swallows_the_limit(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        outcome(tmp_path, "test_uvloop", plugins=(), within=8)
