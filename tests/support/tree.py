"""The project's own files, as its architecture tests read them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

# tomli comes with hatchling where Python has no tomllib.
tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "automate": ROOT / "platform" / "automate",
    "tenants": ROOT / "tenants",
    "graphql_schema": ROOT / "graphql_schema",
    "rest_api": ROOT / "rest_api",
    "actors": ROOT / "actors",
}


def pyproject() -> dict[str, Any]:
    """What pyproject.toml says."""
    said: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return said


@lru_cache(maxsize=1)
def project_files() -> tuple[Path, ...]:
    """What is committed, and what would be: never what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    ).stdout.decode()
    found = tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())
    assert len(found) > 200, "git lists too few files for this project"
    return found


def python_files(*folders: Path) -> list[Path]:
    """The project's Python files below some folders, or all of them."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and (not folders or any(path.is_relative_to(folder) for folder in folders))
    ]


def package_files() -> list[Path]:
    """The Python files that are shipped."""
    return python_files(*PACKAGES.values())


def name_of(path: Path) -> str:
    """Relative to the project, with slashes."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


KEPT = (
    *(ast.Attribute, ast.BinOp, ast.Constant, ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef),
    *(ast.Import, ast.ImportFrom, ast.JoinedStr),
)
"""The kinds of nodes that tests ask for."""


@lru_cache(maxsize=4096)
def _kept(path: Path) -> list[ast.AST]:
    """One walk of each file serves all tests of a process."""
    return [node for node in ast.walk(parsed(path)) if isinstance(node, KEPT)]


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """kinds: of KEPT."""
    assert set(kinds) <= set(KEPT), kinds
    return (node for node in _kept(path) if isinstance(node, kinds))
