"""What is declared, locked, migrated and shipped agree with one another."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.cases import PLUGIN
from tests.support.tree import PACKAGES, ROOT, project_files, pyproject

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def declared() -> list[Requirement]:
    project = pyproject()
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        project["dependency-groups"]["dev"],
    ]
    return [Requirement(text) for one in lists for text in one]


def locked() -> dict[str, set[Version]]:
    """A name may be locked at several versions, each for some Pythons."""
    found: dict[str, set[Version]] = {}
    for name, version in LOCKED.findall((ROOT / "requirements.lock").read_text()):
        found.setdefault(canonicalize_name(name), set()).add(Version(version))
    return found


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_lock_holds_what_is_declared(requirement: Requirement) -> None:
    versions = locked().get(canonicalize_name(requirement.name), set())
    assert versions, "run make lock"
    assert all(requirement.specifier.contains(version) for version in versions), "run make lock"


def test_lock_gives_a_hash_for_each_package() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text())
    entries = [block for block in blocks if LOCKED.match(block)]
    assert len(entries) > 50
    assert [block.split()[0] for block in entries if "--hash=sha256:" not in block] == []


def missing_migrations(state: ProjectState) -> list[str]:
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), state).changes(graph=loader.graph)
    ours = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}
    return sorted(label for label in changes if label in ours)


def test_migrations_match_models() -> None:
    assert missing_migrations(ProjectState.from_apps(apps)) == []


def test_forgotten_migration_would_be_seen() -> None:
    state = ProjectState.from_apps(apps)
    forgotten = next(model for (label, _), model in state.models.items() if label == "runs")
    fields = dict(list(forgotten.fields.items())[:-1])
    state.models["runs", forgotten.name_lower] = ModelState("runs", forgotten.name, fields)
    assert missing_migrations(state) == ["runs"]


def test_pytest_finds_the_plugin_that_is_there() -> None:
    project = pyproject()["project"]
    assert project["entry-points"]["pytest11"] == {"automate": PLUGIN}
    assert hasattr(import_module(PLUGIN), "pytest_collect_file")


@pytest.mark.slow
def test_wheel_ships_the_packages_whole(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    info = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert {name.split("/")[0] for name in names} == {*PACKAGES, *info}
    shipped = {
        f"{name}/{path.relative_to(folder).as_posix()}"
        for name, folder in PACKAGES.items()
        for path in project_files()
        if path.is_relative_to(folder)
    }
    assert shipped <= names
    assert {"automate/project/demo/github_push.json", "graphql_schema/schema.graphql", "automate/py.typed"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
