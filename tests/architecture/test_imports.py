"""Imports point one way: the contracts of pyproject.toml hold, and each of them can fail."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT, name_of, nodes, parsed, pyproject, python_files

LINT = Path(sys.executable).with_name("lint-imports")
CONTRACTS = pyproject()["tool"]["importlinter"]["contracts"]
OTHERS = re.compile(r"(tenants|graphql_schema|rest_api|actors)[.:]\w+")

# A line that no room may hold, the file it is put into, and the contract that must break.
SABOTAGE = {
    "kernel above": ("platform/automate/kernel/ids.py", "import automate.runs.states", "Rooms of the control plane"),
    "workflows beside": ("platform/automate/workflows/definition.py", "import automate.events.records", "Rooms of the"),
    "workflows to rules": (
        "platform/automate/workflows/references.py",
        "import automate.rules.services",
        "Rooms of the control plane",
    ),
    "workflows to predicates by another door": (
        "platform/automate/workflows/services.py",
        "import automate.rules.predicate",
        "Rooms of the control plane",
    ),
    "predicates to a room": (
        "platform/automate/rules/predicate/check.py",
        "import automate.workflows.problems",
        "Predicates stand below",
    ),
    "new room": ("platform/automate/studio/__init__.py", "", "Rooms of the control plane"),
    "schema to actors": ("graphql_schema/ids.py", "import actors.processes", "Packages point one way"),
    "schema to REST": ("graphql_schema/ids.py", "import rest_api.errors", "Packages point one way"),
    "control plane to tenants": ("platform/automate/runs/feed.py", "import tenants.plans", "Packages point one way"),
    "pure to Django": ("platform/automate/rules/predicate/values.py", "import django.conf", "Pure modules"),
    "pure to Django by a detour": (
        "platform/automate/workflows/graph.py",
        "import automate.kernel.sql",
        "Pure modules",
    ),
    "broker": ("graphql_schema/threads.py", "import dramatiq", "Only the execution plane"),
    "GraphQL": ("platform/automate/runs/feed.py", "import strawberry", "Only graphql_schema"),
    "connectors": ("actors/connectors/log/schema.py", "import actors.connectors.http.schema", "Connectors are not"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The linter's verdict on the packages of a folder, which come before the installed ones."""
    environ = {"PYTHONPATH": f"{folder / 'platform'}:{folder}", "AUTOMATE_SECRET_KEY": "architecture" * 3}
    return subprocess.run(
        [LINT, "--no-cache"], check=False, capture_output=True, text=True, cwd=folder, env=environ, timeout=120
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their contracts in a folder that may be spoilt."""
    for package in PACKAGES.values():
        target = tmp_path / package.relative_to(ROOT)
        shutil.copytree(package, target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "7 kept, 0 broken" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", SABOTAGE)
def test_contract_notices_the_forbidden_import(copy: Path, name: str) -> None:
    file, line, contract = SABOTAGE[name]
    spoilt = copy / file
    spoilt.parent.mkdir(exist_ok=True)
    before = spoilt.read_text() if spoilt.exists() else ""
    spoilt.write_text(f"{before}\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    broken = [row for row in done.stdout.splitlines() if re.search(r" BROKEN( \(\d+ ignored imports?\))?$", row)]
    assert any(row.startswith(contract) for row in broken), done.stdout


def test_architecture_page_shows_the_layers() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    containers = next(one for one in CONTRACTS if one.get("containers") == ["automate"])
    layers = [layer.split(" | ") for layer in reversed(containers["layers"])]
    table = re.search(r"\| `automate` \|(.*?)\| `tenants` \|", page, re.DOTALL)
    assert table is not None
    rooms = [room for row in table[1].splitlines() for room in re.findall(r"`(\w+)`", row.split("|")[-3])]
    assert sorted(rooms) == sorted(room for layer in layers for room in layer)
    names = dict(re.findall(r'(\w+)\["(.*?)"\]', page))
    arrows = [
        (names.get(upper, upper).split(" | "), names.get(lower, lower).split(" | "))
        for upper, lower in re.findall(r"^    (\w+)(?:\[.*?\])? --> (\w+)$", page, re.MULTILINE)
    ]
    assert arrows == list(zip(layers[1:], layers, strict=False))


SAYS_SO = re.compile(r"\bpure\b|\b(no|without) Django\b|\bno (side effects|clock|input|network)\b", re.IGNORECASE)


def called_pure() -> set[str]:
    """The modules that say of themselves that they know no Django."""
    named = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES.values()
        for path in python_files(package)
    }
    return {name for name, path in named.items() if SAYS_SO.search(ast.get_docstring(parsed(path)) or "")}


def test_what_calls_itself_pure_is_held_to_it() -> None:
    listed = next(one for one in CONTRACTS if one["name"].startswith("Pure modules"))["source_modules"]
    said = called_pure()
    assert len(said) > 20
    assert [name for name in sorted(said) if not any(f"{name}.".startswith(f"{one}.") for one in listed)] == []


SHOW = """
import sys, django
django.setup()
import actors.worker, actors.relay.main, actors.scheduler
print(sorted(name for name in sys.modules if name.startswith(("strawberry", "graphql", "pydantic", "django.contrib.gis"))))
"""


@pytest.mark.slow
def test_processes_that_answer_nobody_load_no_graphql_and_no_pydantic() -> None:
    """An app that names strawberry_django would make each start twice as long: it looks for a map library that we lack.
    pydantic, which checks what clients save, would add 171 ms and 14 MB."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], check=True, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_only_the_project_names_other_packages_by_string() -> None:
    control_plane = PACKAGES["automate"]
    named = {
        name_of(path): node.value
        for path in python_files(control_plane)
        if not path.is_relative_to(control_plane / "project")
        for node in nodes(path, ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OTHERS.fullmatch(node.value)
    }
    assert named == {}


def test_what_tests_share_knows_neither_tests_nor_the_soak() -> None:
    """The soak imports it, and tests import the soak."""
    found = [
        f"{name_of(path)}: {node.module}"
        for path in python_files(ROOT / "tests" / "support")
        for node in nodes(path, ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and re.match(r"soak\b|tests\.(?!support\b)", node.module or "")
    ]
    assert found == []


@pytest.mark.slow
def test_imports_inside_functions_have_their_reason() -> None:
    """A cycle is a message about the layers; what is imported late says why beside it."""
    hidden = [
        f"{name_of(path)}:{inner.lineno}"
        for path in python_files(*PACKAGES.values())
        for function in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        and not re.search(r"# noqa: PLC0415 - \w+", path.read_text().splitlines()[inner.lineno - 1])
    ]
    assert hidden == []
