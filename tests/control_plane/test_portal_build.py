"""``automate up`` builds the portal in the background, once, and leaves no process behind."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from automate.devserver import portal
from tests.support.facts import naming

NEEDED = "import sys\nsys.exit(1 if '--needed' in sys.argv else 0)\n"
CURRENT = "import sys\nsys.exit(0)\n"
URL = "http://127.0.0.1:8000"
SLOW = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLOW


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(portal, "SCRIPT", tmp_path / "build.py")
    return tmp_path / "build.py"


def test_source_that_is_not_built_wants_a_build(script: Path) -> None:
    script.write_text(NEEDED)
    assert portal.is_wanted({})
    assert not portal.is_wanted({"AUTOMATE_PORTAL_BUILD": "no"})


def test_current_build_and_missing_source_want_none(script: Path) -> None:
    assert not portal.is_wanted({})
    script.write_text(CURRENT)
    assert not portal.is_wanted({})


@pytest.mark.parametrize("program", [SLOW, DEAF], ids=["slow", "deaf"])
def test_build_ends_with_the_installation(
    script: Path, tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal, "END_SECONDS", 0.2)
    script.write_text(program)
    log = tmp_path / "portal.log"
    with portal.building(log, URL):
        deadline = time.monotonic() + 10
        while not (said := log.read_text()).endswith("\n"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert not psutil.pid_exists(int(said))


def test_failed_build_leaves_the_installation_alone(script: Path, tmp_path: Path) -> None:
    script.write_text("import sys\nsys.exit('no network')\n")
    log = tmp_path / "portal.log"
    with portal.building(log, URL) as build:
        deadline = time.monotonic() + 10
        while not (news := build.news()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert build.news() == []
    assert "no network" in log.read_text()
    assert news == [naming(log, "make portal")]


def test_finished_build_is_announced_once(script: Path, tmp_path: Path) -> None:
    script.write_text(CURRENT)
    with portal.building(tmp_path / "portal.log", URL) as build:
        deadline = time.monotonic() + 10
        while not (news := build.news()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert build.news() == []
    assert news == [naming(f"{URL}/portal/")]


def test_address_is_told_where_the_portal_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "BUILT", tmp_path / "index.html")
    assert portal.address("http://127.0.0.1:8000") is None
    (tmp_path / "index.html").touch()
    assert portal.address("http://127.0.0.1:8000") == "http://127.0.0.1:8000/portal/"
