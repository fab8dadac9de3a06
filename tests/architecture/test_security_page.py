"""docs/security.md names tests that exist, one for each threat; and the image holds its bill of materials."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
THREATS = PAGE[PAGE.index("## Threats") : PAGE.index("### Not covered")]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?!threat |---)(.+) \|$", re.MULTILINE)


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """Tests that a text names and that do not exist."""
    return [
        f"{name}::{test}"
        for name, test in TEST.findall(text)
        if not (ROOT / name).is_file() or test not in functions(ROOT / name)
    ]


def test_each_threat_names_a_test_that_exists() -> None:
    rows = ROW.findall(THREATS)
    assert len(rows) > 25
    assert [row for row in rows if not TEST.search(row)] == []
    assert missing(THREATS) == []


def test_test_that_is_gone_is_noticed() -> None:
    assert missing("`tests/api/test_tokens.py::test_nothing_of_this_name`") != []
    assert missing("`tests/api/test_no_such_file.py::test_a`") != []


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cyclonedx-py in an environment of its own, as the image's build makes it."""
    return environment_of("sbom.lock", tmp_path_factory.mktemp("sbom")) / "bin" / "cyclonedx-py"


def environment_of(lock: str, folder: Path) -> Path:
    """The packages of a lock and nothing else."""
    uv, venv = [sys.executable, "-m", "uv"], folder / "venv"
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(venv)], check=True)
    install = ["pip", "sync", "-q", "--python", str(venv / "bin" / "python"), "--require-hashes", str(ROOT / lock)]
    subprocess.run([*uv, *install], check=True)
    return venv


def sbom_of(program: Path, python: Path, output: Path) -> dict[str, str]:
    """Versions by name, as the image's step writes them."""
    step = [str(ROOT / "scripts" / "sbom"), str(python), str(output)]
    subprocess.run(step, check=True, env={"CYCLONEDX": str(program), "PATH": "/usr/bin:/bin"})
    bom = json.loads(output.read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert all(one["purl"].startswith("pkg:pypi/") for one in bom["components"])
    return {one["name"].lower().replace("_", "-"): one["version"] for one in bom["components"]}


def locked(lock: str) -> set[tuple[str, str]]:
    """Names with versions. A name may be locked at several versions, each for some Pythons."""
    return set(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_dockerfile_writes_the_bill_of_materials_of_what_it_installed() -> None:
    text = (ROOT / "Dockerfile").read_text()
    step = text.index("scripts/sbom /opt/automate/bin/python /opt/automate/sbom.cdx.json")
    assert text.rindex("pip --python /opt/automate/bin/python install", 0, step) < step
    assert step < text.index("COPY --from=runtime /opt/automate /opt/automate")
    assert "cyclonedx-bom" in dict(locked("sbom.lock"))


@pytest.mark.long
@pytest.mark.slow
def test_bill_lists_the_packages_of_the_image_and_is_the_same_each_time(program: Path, tmp_path: Path) -> None:
    python = environment_of("runtime.lock", tmp_path) / "bin" / "python"
    listed, wanted = sbom_of(program, python, tmp_path / "first.json"), locked("runtime.lock")
    assert set(listed.items()) - wanted == set()
    assert {"django", "psycopg", "strawberry-graphql-django"} <= listed.keys()
    assert "cyclonedx-bom" not in listed
    sbom_of(program, python, tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
