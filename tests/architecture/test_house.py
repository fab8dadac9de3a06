"""The rooms stand where docs/architecture.md puts them, and ``import platform`` stays the standard library's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT, name_of, project_files

STDLIB = Path(sysconfig.get_path("stdlib")).resolve()
SHOW = "import platform; print(platform.__file__)"
ENTRIES = [
    "platform",
    "tenants",
    "graphql_schema",
    "rest_api",
    "actors",
    "portal",
    "tests",
    "bench",
    "soak",
    "docs",
    "pyproject.toml",
    "compose.yaml",
    "Dockerfile",
    "Makefile",
    "manage.py",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "requirements.lock",
    ".ci/run",
]
PYTEST_SHOWS = "import platform\n\ndef test_it():\n    assert {stdlib!r} in platform.__file__\n"


def shown(*command: str, cwd: Path) -> str:
    """What Python prints. The environment names no path, so that the working directory alone can mislead it."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ |= {"AUTOMATE_SECRET_KEY": "architecture" * 3}
    done = subprocess.run(
        [sys.executable, *command], check=False, capture_output=True, text=True, cwd=cwd, env=environ, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def is_stdlib(file: str) -> bool:
    return Path(file).resolve() == STDLIB / "platform.py"


@pytest.mark.parametrize("entry", ENTRIES)
def test_house_has_its_entries(entry: str) -> None:
    assert (ROOT / entry).exists()


def test_platform_folder_holds_packages_alone() -> None:
    assert [path.name for path in (ROOT / "platform").iterdir() if path.suffix == ".py"] == []
    inside = {name_of(path).split("/")[1] for path in project_files() if path.is_relative_to(ROOT / "platform")}
    assert inside == {"automate"}


def test_no_module_is_named_as_the_standard_library() -> None:
    """Wherever a script lies, its own folder comes first on the path."""
    folders = {path.parent for path in project_files() if path.suffix == ".py" and path.parent != ROOT / "platform"}
    assert [name_of(folder / "platform.py") for folder in folders if (folder / "platform.py").exists()] == []


@pytest.mark.parametrize("folder", [".", "platform", "platform/automate", "tests", "tests/support", "actors"])
def test_platform_is_the_standard_librarys(folder: str) -> None:
    assert is_stdlib(shown("-c", SHOW, cwd=ROOT / folder))


def test_platform_is_the_standard_librarys_elsewhere(tmp_path: Path) -> None:
    assert is_stdlib(shown("-c", SHOW, cwd=tmp_path))


@pytest.mark.slow
def test_platform_is_the_standard_librarys_in_manage() -> None:
    assert is_stdlib(shown("manage.py", "shell", "-c", SHOW, cwd=ROOT).splitlines()[-1])


@pytest.mark.slow
def test_platform_is_the_standard_librarys_in_pytest(tmp_path: Path) -> None:
    probe = tmp_path / "test_probe.py"
    probe.write_text(PYTEST_SHOWS.format(stdlib=str(STDLIB)))
    options = ["-q", "--noconftest", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    assert "1 passed" in shown("-m", "pytest", *options, str(probe), cwd=ROOT)


def test_package_named_platform_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "__init__.py").touch()
    assert not is_stdlib(shown("-c", SHOW, cwd=tmp_path))


def test_no_test_folder_bears_a_packages_name() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders >= {"control_plane", "architecture", "support"}
    assert folders.isdisjoint({*PACKAGES, *sys.stdlib_module_names, *metadata.packages_distributions()})
    assert [name_of(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_ci_makes_all_that_skipped_tests_ask_for() -> None:
    """A test that needs `make clients`, for example, would otherwise never run."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    wanted = {target for text in texts for target in re.findall(r"pytest\.skip\(.*\bmake ([a-z-]+)", text)}
    assert {"portal", "clients"} <= wanted
    run = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / ".ci" / "run").read_text()))
    assert wanted <= run
