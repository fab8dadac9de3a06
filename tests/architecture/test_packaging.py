"""What is declared, imported, locked, migrated and shipped agree with one another."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from automate.devserver.server import EMBEDDED
from tenants.management.autodetector import Autodetector
from tests.support.cases import PLUGIN
from tests.support.tree import PACKAGES, ROOT, nodes, package_files, project_files, pyproject

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
NEVER_IMPORTED = {
    "argon2-cffi": "what Django's Argon2 hasher imports",
    "drf-spectacular-sidecar": "brings the files of the page that shows the REST API",
    "tzdata": "what zoneinfo reads where the machine has no time zones",
}
"""What is needed at run time although no module imports it, and why."""


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


def imported() -> set[str]:
    """What the shipped modules import, by its first name."""
    modules: set[str] = set()
    for path in package_files():
        for node in nodes(path, ast.Import, ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            modules |= {name.partition(".")[0] for name in names}
    return modules


def brought(name: str) -> set[str]:
    """The modules that an installed distribution brings, by their first names."""
    return {file.parts[0].partition(".")[0] for file in distribution(name).files or ()}


def test_what_the_product_needs_is_what_it_imports() -> None:
    needed = {Requirement(text).name for text in pyproject()["project"]["dependencies"]}
    modules = imported()
    assert {name for name in needed if not modules & brought(name)} == set(NEVER_IMPORTED)


def test_servers_to_install_are_those_of_the_extra() -> None:
    assert list(EMBEDDED) == pyproject()["project"]["optional-dependencies"]["embedded"]


def test_clean_removes_what_tools_leave() -> None:
    made = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split() if re.match(r"\.\w+", line)}
    (removed,) = re.findall(r"^\t@rm -rf (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made - {".env"} <= set(removed.split())


def missing_migrations(state: ProjectState) -> list[str]:
    loader = MigrationLoader(None)
    changes = Autodetector(loader.project_state(), state).changes(graph=loader.graph)
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
    assert {"automate/demo/github_push.json", "graphql_schema/schema.graphql", "automate/py.typed"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
