"""List tests of an earlier commit that no longer run: ``python -m scripts.lost_tests --base 27eb98b``.

It collects the earlier commit in its own clone, and the two sets of today's tree. A test is a function of a file,
with the number of its cases. Exits with 1 if a test is lost without a reason in scripts/lost_tests.tsv.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.suites import ALL, FAST, arguments_of

ROOT = Path(__file__).parents[1]
REASONS = Path(__file__).with_suffix(".tsv")
SET_UP = """
import django

def pytest_configure():
    django.setup()
"""
"""A plugin, since the suite's own conftest sets up Django only in test runs."""

COLLECTED = 0


@dataclass(frozen=True)
class Lost:
    """A lost test."""

    test: str
    cases: int
    """The number of its cases that no command runs."""
    reason: str
    """From the table, or ""."""


def cases_of(listing: Iterable[str]) -> set[str]:
    """Node ids among the lines of ``pytest --collect-only -q``."""
    return {line for line in map(str.strip, listing) if line.startswith("tests/") and "::" in line}


def counted(cases: Iterable[str]) -> Counter[str]:
    """Cases of each test, a function of a file."""
    return Counter(nodeid.partition("[")[0] for nodeid in cases)


def reasons_of(table: Iterable[str]) -> dict[str, str]:
    """Test -> reason. A line has the test, a tab, and the reason; ``#`` begins a comment.

    Raises ValueError for a line without a reason.
    """
    found = {}
    for number, line in enumerate(table, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        test, _, reason = line.partition("\t")
        if not reason.strip():
            raise ValueError(
                f"Line {number} of {REASONS.name} gives no reason. Write the test, a tab and the reason: {line!r}"
            )
        found[test.strip()] = reason.strip()
    return found


def lost(base: Iterable[str], today: Iterable[str], reasons: Mapping[str, str]) -> list[Lost]:
    """Tests of the base with fewer cases today, from the node ids of both."""
    now = counted(today)
    return [
        Lost(test, cases - now[test], reasons.get(test, ""))
        for test, cases in sorted(counted(base).items())
        if cases > now[test]
    ]


def collect(root: Path, arguments: Sequence[str]) -> set[str]:
    """Tests of a tree. It uses this interpreter's packages; the tree's own code comes first."""
    with tempfile.TemporaryDirectory(prefix="lost-tests-") as home:
        Path(home, "set_up.py").write_text(SET_UP, "utf-8")
        settings = {
            "PYTHONPATH": os.pathsep.join([str(root), str(root / "platform"), home]),
            "DJANGO_SETTINGS_MODULE": "automate.project.settings",
            "AUTOMATE_SECRET_KEY": "collects tests and signs nothing at all",
            "AUTOMATE_HOME": home,
        }
        done = subprocess.run(  # noqa: S603 - this interpreter
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "set_up",
                "--collect-only",
                "-q",
                "-p",
                "no:cacheprovider",
                *arguments,
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=root,
            env={**os.environ, **settings},
        )
    if done.returncode != COLLECTED:
        raise SystemExit(f"pytest could not collect {root}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return cases_of(done.stdout.splitlines())


def collect_commit(commit: str) -> set[str]:
    """Tests of a commit, from a clone that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="lost-tests-") as folder:
        clone = Path(folder) / "base"
        for command in (
            ["clone", "-q", "--no-checkout", str(ROOT), str(clone)],
            ["-C", str(clone), "checkout", "-q", commit],
        ):
            subprocess.run(["git", *command], check=True)  # noqa: S603, S607 - names made here
        return collect(clone, ())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.lost_tests", description=__doc__)
    parser.add_argument("--base", required=True, help="the earlier commit")
    base = collect_commit(parser.parse_args().base)
    sets = {f"make {name}": collect(ROOT, arguments_of(ROOT, name)) for name in (FAST, ALL)}
    reasons = reasons_of(REASONS.read_text("utf-8").splitlines())
    found = lost(base, set().union(*sets.values()), reasons)
    for one in found:
        sys.stdout.write(f"{one.test} ({one.cases} cases): {one.reason or 'NO REASON'}\n")
    for name, cases in {"base": base, **sets}.items():
        sys.stdout.write(f"{name}: {len(counted(cases))} tests, {len(cases)} cases\n")
    if stale := sorted(set(reasons) - {one.test for one in found}):
        sys.stdout.write(f"{REASONS.name} explains tests that are not lost; remove: {', '.join(stale)}\n")
    return int(bool(stale) or any(not one.reason for one in found))


if __name__ == "__main__":
    sys.exit(main())
