"""The verdict on one run of tests with one fault, from pytest's status and the plugin's lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["caught", "missed", "broken at import", "not run"]
PASSED, NO_TESTS = 0, 5
LIMIT = "the limit of time"


@dataclass(frozen=True)
class Ended:
    """The end of pytest. status: None if the time limit ended it. told: the plugin's lines."""

    status: int | None
    told: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Verdict:
    """kind, and the test that decides it: the one that failed, or the one in which pytest died."""

    kind: Kind
    test: str = ""
    why: str = ""


def parse(lines: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
    """The plugin's lines. An incomplete last line of a killed process is ignored."""
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return tuple(rows)


def verdict(ended: Ended) -> Verdict:
    """The verdict on a run with -x.

    A failed test, or a test in which pytest died, is a catch; the caller runs it again without the fault.
    """
    failed = [row["ended"] for row in ended.told if row.get("outcome") == "failed"]
    if failed:
        return Verdict("caught", failed[0])
    began = [row["began"] for row in ended.told if "began" in row]
    if ended.status is None:
        return Verdict("missed", why=LIMIT)
    if not began and ended.status not in {PASSED, NO_TESTS}:
        return Verdict("broken at import", why="no test began")
    if ended.status == PASSED:
        return Verdict("missed", why="every test passed")
    finished = {row["ended"] for row in ended.told if row.get("when") == "teardown"}
    if dying := [nodeid for nodeid in began if nodeid not in finished]:
        return Verdict("caught", dying[-1], f"pytest died with {ended.status}")
    return Verdict("not run", why=f"pytest exited with {ended.status}, and no test failed")


def passed(ended: Ended) -> bool:
    """Whether a run without the fault passed."""
    return ended.status == PASSED


def in_order(tests: Mapping[str, float]) -> list[str]:
    """The tests, the cheapest first.

    Within each power of ten of their seconds they are sorted by file, to share setups.
    """
    return sorted(tests, key=lambda nodeid: (_step(tests[nodeid]), nodeid.partition("::")[0], tests[nodeid], nodeid))


def _step(seconds: float) -> int:
    return sum(seconds >= bound for bound in (0.1, 1.0, 10.0, 100.0))
