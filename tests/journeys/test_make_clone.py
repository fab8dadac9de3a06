"""The newcomer's two commands on a fresh clone, in a folder with spaces and a long path, with an empty cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from automate.devserver.ports import free_port
from tests.support.installations import Installation, clean_environ, processes_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LONG = "a long name for a folder with spaces in it " * 3
DEMO_SECONDS = 180


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / LONG.strip() / "django automate"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def environ(clone: Path) -> Mapping[str, str]:
    """As after logging in: no virtual environment, no cache, this interpreter."""
    own = clean_environ(clone / ".automate", free_port())
    path = os.pathsep.join(part for part in own["PATH"].split(os.pathsep) if ".venv" not in part)
    inherited = {
        name: value for name, value in own.items() if not name.startswith(("PYTHON", "COV_", "VIRTUAL_ENV", "PYTEST"))
    }
    return {**inherited, "PATH": path, "PYTHON": sys.executable, "XDG_CACHE_HOME": str(clone.parent / "cache")}


@pytest.mark.long
def test_demo_shows_a_webhook_become_a_run(clone: Path, environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["make", "demo"], check=False, capture_output=True, text=True, cwd=clone, env=environ, timeout=DEMO_SECONDS
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    rows = [line.split()[:3] for line in done.stdout.splitlines() if line.strip()]
    for row in (
        ["event", "push", "accepted"],
        ["decision", "demo-pushes", "matched"],
        ["run", "demo-push", "succeeded"],
        ["step", "note", "succeeded"],
        ["step", "tell", "succeeded"],
    ):
        assert row in rows, done.stdout
    assert "'repository': 'Codertocat/Hello-World'" in done.stdout
    assert "warning" not in done.stdout.lower()
    assert processes_of(clone / ".automate") == []


def test_make_up_ends_with_make(clone: Path, environ: Mapping[str, str]) -> None:
    with Installation(clone / ".automate", command=["make", "up"], cwd=clone, environ=environ) as installation:
        assert set(installation.await_ready()["tenants"]) == {"acme", "globex"}
        installation.end()
        assert processes_of(clone / ".automate") == []
        assert not (clone / ".automate" / "up.json").exists()
