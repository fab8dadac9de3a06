"""The portal's source: what it may be made of, and that its generated types are current."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.support import portal
from tests.support.tree import ROOT, name_of, project_files

SOURCES = [path for path in project_files() if path.is_relative_to(ROOT / "portal" / "src")]
UNSAFE = re.compile(r"dangerouslySetInnerHTML|\beval\(|new Function\(|\.innerHTML|document\.write")


def run(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/build_portal.py", *arguments],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_is_locked_with_its_hash_and_without_a_host() -> None:
    lock = json.loads((ROOT / "portal" / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, one in packages.items() if "integrity" not in one and not one.get("inBundle")] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []


def test_no_source_makes_code_or_markup_of_text() -> None:
    """Texts of tenants stay texts."""
    assert len(SOURCES) > 20
    assert [name_of(path) for path in SOURCES if UNSAFE.search(path.read_text())] == []


def test_unsafe_source_would_be_seen() -> None:
    assert UNSAFE.search("<p dangerouslySetInnerHTML={{ __html: title }} />")


def test_pure_parts() -> None:
    portal.demand_tools()
    run("--test")


@pytest.mark.slow
def test_types_are_sound_and_the_generated_ones_current() -> None:
    portal.demand_tools()
    run("--types")


def test_stale_types_would_be_seen() -> None:
    """Each operation's generated type is named in the source's generated file."""
    generated = (ROOT / "portal" / "src" / "gql" / "graphql.ts").read_text()
    written = {
        f"{name}{kind.capitalize()}"
        for path in SOURCES
        if "/gql/" not in name_of(path)
        for kind, name in re.findall(r"^\s*(query|mutation|subscription) (\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(written) > 10
    assert [name for name in sorted(written) if f"export type {name} =" not in generated] == []


@pytest.mark.parametrize("version", [(22, 15), (24, 0), (26, 0)])
def test_node_that_suits(version: tuple[int, int]) -> None:
    assert portal.script().suits(*version)


@pytest.mark.parametrize("version", [(20, 20), (22, 14), (23, 1)])
def test_node_that_does_not_suit(version: tuple[int, int]) -> None:
    assert not portal.script().suits(*version)


FIRST_LOAD_BYTES = 250_000


def first_load() -> dict[str, int]:
    """The compressed size of each file that the page names."""
    html = (portal.script().BUILT / "index.html").read_text()
    names = [name.removeprefix("/static/portal/") for name in re.findall(r'(?:src|href)="([^"]+)"', html)]
    return {name: (portal.script().BUILT / f"{name}.gz").stat().st_size for name in names}


def test_first_load_is_small() -> None:
    portal.demand_build()
    sizes = first_load()
    assert any(name.endswith(".js") for name in sizes)
    assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


RECORDED = re.compile(r"audit\.record\(\s*\"([a-z_]+)\.([a-z_]+)\"")


def test_filter_of_the_audit_record_offers_each_action() -> None:
    offered = (ROOT / "portal" / "src" / "lib" / "audit_actions.ts").read_text()
    listed = re.findall(r"^  ([a-z_]+): \[(.+)\],$", offered, re.MULTILINE)
    verbs = {noun: set(re.findall(r'"([a-z_]+)"', words)) for noun, words in listed}
    code = [path for path in project_files() if path.suffix == ".py" and "tests" not in path.parts]
    recorded = {action for path in code for action in RECORDED.findall(path.read_text())}
    assert len(recorded) > 40
    assert sorted(f"{noun}.{verb}" for noun, verb in recorded if verb not in verbs.get(noun, ())) == []
