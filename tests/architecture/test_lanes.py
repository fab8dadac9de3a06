"""Each supported pair of Python and Django has a lane, locked, that an interpreter of this kind would run."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata
from pathlib import Path

import django
import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import noxfile
from noxfile import CORE, FAST, LANES, LOCK, OLDEST, WHOLE, Lane
from tests.support.tree import ROOT, pyproject

PROJECT = pyproject()
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: *; *([^\\]+?))? *\\?$", re.MULTILINE)
OWN = [lane for lane in LANES if lane.lock != LOCK]


def named(lane: Lane) -> str:
    return lane.name


def pins(lane: Lane) -> dict[str, Version]:
    """What a lane installs. A universal lock holds some packages more than once, each for some Pythons."""
    environment = {"python_version": lane.python, "python_full_version": f"{lane.python}.0"}
    found: dict[str, Version] = {}
    for name, version, marker in PIN.findall((ROOT / lane.lock).read_text()):
        if not marker or Marker(marker).evaluate(environment):
            assert found.setdefault(canonicalize_name(name), Version(version)) == Version(version)
    return found


def declared() -> list[Requirement]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    lists = [PROJECT["project"]["dependencies"], *extras, PROJECT["dependency-groups"]["dev"]]
    return [Requirement(text) for one in lists for text in one]


def classified(prefix: str) -> set[str]:
    found = (text.removeprefix(prefix) for text in PROJECT["project"]["classifiers"] if text.startswith(prefix))
    return {version for version in found if re.fullmatch(r"\d+\.\d+", version)}


def test_every_promised_version_has_a_lane() -> None:
    assert {lane.python for lane in LANES} == classified("Programming Language :: Python :: ")
    assert {lane.django for lane in LANES} == classified("Framework :: Django :: ")


def test_oldest_lane_is_the_oldest_promise() -> None:
    assert PROJECT["project"]["requires-python"] == f">={OLDEST.python}"
    (promise,) = (one for one in declared() if one.name == "django")
    assert f">={OLDEST.django}" in str(promise.specifier).split(",")


@pytest.mark.parametrize("lane", LANES, ids=named)
def test_lane_is_locked_to_its_django(lane: Lane) -> None:
    assert ".".join(str(part) for part in pins(lane)["django"].release[:2]) == lane.django


@pytest.mark.parametrize("lane", LANES, ids=named)
def test_lane_holds_what_is_declared(lane: Lane) -> None:
    held = pins(lane)
    assert len(held) > 50
    wanted = [one for one in declared() if one.marker is None or one.marker.evaluate({"python_version": lane.python})]
    unmet = [str(one) for one in wanted if not one.specifier.contains(held.get(canonicalize_name(one.name), "0"))]
    assert unmet == [], "run make lock"


@pytest.mark.parametrize("lane", OWN, ids=named)
def test_each_pin_of_a_lane_has_a_hash(lane: Lane) -> None:
    entries = [block for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lane.lock).read_text()) if PIN.match(block)]
    assert len(entries) > 50
    assert [block.split()[0] for block in entries if "--hash=sha256:" not in block] == []


def test_core_names_folders_that_exist() -> None:
    folders = [part for part in CORE if part.startswith("tests/")]
    assert len(folders) == 4
    assert [folder for folder in folders if not list((ROOT / folder).glob("test_*.py"))] == []


def test_everyday_suite_and_lanes_run_alike() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert f"\n\t@$(python) -m pytest {' '.join(WHOLE)}\n" in makefile
    (fast,) = re.findall(r"-m pytest \$\(or \$\(ARGS\),(.*)\)\n", makefile)
    assert sorted(shlex.split(fast)) == sorted(FAST)


def test_three_commands_run_every_test() -> None:
    """`make test-slow` and `make test-long` run the tests that `make test` leaves out, and properties with all of their examples."""
    makefile = (ROOT / "Makefile").read_text()
    assert re.findall(r"-m pytest .*-m \"(.*?)\"", makefile) == [
        "not slow",
        "(slow or hypothesis) and not long",
        "long",
    ]


def test_continuous_integration_runs_the_core_of_the_oldest() -> None:
    steps = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    assert [step for step in steps if step.startswith(("make ", ".venv/", "wait ", "twice ", "core="))] == [
        "make venv",
        "make check &",
        ".venv/bin/python -m nox -t core --install-only",
        'wait "$check"',
        """twice "make test" "make test ARGS='$again --hypothesis-profile=fast'\"""",
        """twice "make test-slow" "make test ARGS='$again'\"""",
        'core=".venv/bin/python -m nox -t core --reuse-existing-virtualenvs --no-install"',
        'twice "$core" "$core -- $again"',
    ]


def test_this_run_is_on_a_supported_pair() -> None:
    own = "{}.{}".format(*sys.version_info)
    running = Version(metadata.version("django"))
    assert running == Version(django.get_version())
    assert running in {pins(lane)["django"] for lane in LANES}
    assert own in {lane.python for lane in LANES}


def test_interpreter_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pyenv's names on PATH for versions that it has, but would not start here."""
    version = "{}.{}".format(*sys.version_info)
    shims, kept = tmp_path / "shims", tmp_path / "versions" / f"{version}.99" / "bin"
    shims.mkdir()
    kept.mkdir(parents=True)
    (shims / f"python{version}").write_text("#!/bin/sh\nexit 127\n")
    (shims / f"python{version}").chmod(0o755)
    (kept / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(shims))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert noxfile.interpreter(version) == str(kept / "python")
    assert noxfile.interpreter("3.99") == "3.99"
