"""Clients that generators make of our schemas and of the contract's operations compile: TypeScript's and Python's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.node import FLAGS, node
from tests.clients.install import ARIADNE, INSTALLED, MODULES, PYTHON
from tests.support.tree import ROOT

SCHEMAS = {
    "tenant": ("schema.graphql", ("main_job.graphql", "operate.graphql")),
    "platform": ("platform.graphql", ("platform.graphql",)),
}
WRONG = "query Wrong { viewer { nameOfNothing } }"

pytestmark = [pytest.mark.slow]


def done(command: Sequence[object], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def schema_and_documents(which: str, folder: Path, *more: str) -> tuple[Path, Path]:
    """The schema, and a folder with the operations. more: further documents."""
    schema, files = SCHEMAS[which]
    queries = folder / "queries"
    queries.mkdir()
    for file in files:
        (queries / file).write_text((ROOT / "tests" / "api" / "contract" / file).read_text())
    for place, text in enumerate(more):
        (queries / f"more{place}.graphql").write_text(text)
    return ROOT / "graphql_schema" / schema, queries


def typescript(which: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    found = node()
    if found is None or not INSTALLED.exists():
        pytest.skip("The generator of TypeScript clients is absent: run `make clients`.")
    schema, queries = schema_and_documents(which, folder, *more)
    plugins = ["typescript", "typescript-operations", "typed-document-node"]
    target = {"plugins": [f"{MODULES}/@graphql-codegen/{plugin}/cjs/index.js" for plugin in plugins]}
    config = {"schema": str(schema), "documents": f"{queries}/*.graphql", "generates": {"client.ts": target}}
    (folder / "codegen.json").write_text(json.dumps(config))
    made = done(
        [found, *FLAGS, MODULES / "@graphql-codegen" / "cli" / "cjs" / "bin.js", "--config", "codegen.json"], folder
    )
    if made.returncode:
        return made
    (folder / "node_modules").symlink_to(MODULES)
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"]
    return done([found, *FLAGS, MODULES / "typescript" / "bin" / "tsc", *options, "client.ts"], folder)


def python(which: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    if not ARIADNE.exists():
        pytest.skip("The generator of Python clients is absent: run `make clients`.")
    schema, queries = schema_and_documents(which, folder, *more)
    (folder / "pyproject.toml").write_text(
        f'[tool.ariadne-codegen]\nschema_path = "{schema}"\nqueries_path = "{queries}"\n'
        'target_package_name = "automate_client"\n'
    )
    made = done([ARIADNE, "--config", "pyproject.toml"], folder)
    if made.returncode:
        return made
    return done([PYTHON, "-W", "error::SyntaxWarning", "-c", "import automate_client; automate_client.Client"], folder)


@pytest.mark.parametrize("which", sorted(SCHEMAS))
def test_typescript_client_compiles(which: str, tmp_path: Path) -> None:
    compiled = typescript(which, tmp_path)
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    assert "export type" in (tmp_path / "client.ts").read_text()


@pytest.mark.parametrize("which", sorted(SCHEMAS))
def test_python_client_compiles(which: str, tmp_path: Path) -> None:
    compiled = python(which, tmp_path)
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr


def test_operation_that_the_schema_lacks_is_refused(tmp_path: Path) -> None:
    """The sabotaged twin, of both generators."""
    for name, make in (("typescript", typescript), ("python", python)):
        folder = tmp_path / name
        folder.mkdir()
        assert make("tenant", folder, WRONG).returncode != 0
