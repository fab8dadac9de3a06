"""Seeded faults: probes reach every process, hits join with tests, and a run's end gives the right verdict."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.faults import recorder, results
from scripts.faults.attribution import Attribution, join
from scripts.faults.draw import draw
from scripts.faults.model import ROOT, Fault, load
from scripts.faults.probes import places, with_probes
from scripts.faults.running import Result, Runner
from scripts.faults.slots import Slot
from scripts.faults.table import page
from scripts.faults.verdicts import Ended, in_order, parse, verdict

CLAIMS = '''"""Claims."""

HELD = "j.id = m.id AND j.fence = m.fence"
KEEP = f"UPDATE job SET a = 1 WHERE {HELD}"
if HELD > KEEP:
    raise ValueError(HELD)


def keep(jobs):
    """Keep them."""
    return KEEP


def other(fences):
    if not fences:
        return 1
    elif fences > 2:
        return 2
    return 3
'''
WORKER = """
from automate.outbox import claims
from automate.outbox.claims import HELD as MINE


def work():
    return claims.HELD


class Lane:
    def take(self):
        return [MINE for _ in ()]

    def idle(self):
        return None
"""
TREE = {"platform/automate/outbox/claims.py": CLAIMS, "actors/worker.py": WORKER}


def probed(line: str) -> dict[str, list[str]]:
    """The line behind each probe, by file, for a fault on a line of the claims."""
    (fault, *_) = load()
    file = "platform/automate/outbox/claims.py"
    one = replace(fault, file=file, scope="", before=(line,), above=(), below=())
    found = {}
    for name, rows in places([one], TREE).items():
        text = with_probes(TREE[name], rows)
        ast.parse(text)
        lines = text.split("\n")
        found[name] = [lines[row + 1].strip() for row, shown in enumerate(lines) if "fault_probe" in shown]
    return found


def test_probe_stands_before_the_statement() -> None:
    assert probed("        return 2") == {"platform/automate/outbox/claims.py": ["return 2"]}


def test_probe_of_an_elif_stands_before_its_if() -> None:
    assert probed("    elif fences > 2:") == {"platform/automate/outbox/claims.py": ["if not fences:"]}


def test_probes_of_a_constant_stand_in_every_function_that_refers_to_it() -> None:
    assert probed('HELD = "j.id = m.id AND j.fence = m.fence"') == {
        "platform/automate/outbox/claims.py": ["return KEEP"],
        "actors/worker.py": ["return claims.HELD", "return [MINE for _ in ()]"],
    }


@pytest.mark.parametrize("line", ["if HELD > KEEP:", "    raise ValueError(HELD)"])
def test_probe_of_a_statement_that_binds_nothing_stands_before_it(line: str) -> None:
    assert probed(line) == {"platform/automate/outbox/claims.py": [line.strip()]}


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from fault_probe import hit
for _ in range(3):
    hit("leases-1")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("environ", [{}, {"FAULT_SESSION": "session-1"}])
def test_hit_outlives_the_kill_of_its_process(tmp_path: Path, environ: Mapping[str, str]) -> None:
    source = Path(recorder.__file__).read_text().replace("@FOLDER@", str(tmp_path))
    (tmp_path / "fault_probe.py").write_text(source)
    (tmp_path / "session-1.now").write_bytes((7).to_bytes(8, "little"))
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, env=environ)
    assert done.returncode == -signal.SIGKILL
    (line,) = (tmp_path / "hits").read_text().splitlines()
    assert line.split("\t")[:3] == ["leases-1", "session-1", "7"]


def test_hits_belong_to_tests_and_to_users_of_a_fixture() -> None:
    rows: list[Mapping[str, Any]] = [
        {"number": 1, "test": "a::one", "kind": "test"},
        {"number": 2, "test": "a::one", "kind": "fixture", "fixture": "a::server"},
        {"done": "a::one", "seconds": 0.5, "markers": [], "fixtures": ["a::server"]},
        {"number": 3, "test": "a::two", "kind": "test"},
        {"done": "a::two", "seconds": 20.0, "markers": ["slow"], "fixtures": ["a::server"]},
    ]
    found = join({"s": rows}, ["x-1\ts\t1\t9", "y-1\ts\t2\t9", "z-1\ts\t3\t9", "z-1\ts\t0\t9"])
    assert found.of("x-1", fast_only=False) == {"a::one": 0.5}
    assert found.of("y-1", fast_only=False) == {"a::one": 0.5, "a::two": 20.0}
    assert found.of("y-1", fast_only=True) == {"a::one": 0.5}
    assert found.of("z-1", fast_only=True) == {}


def test_attribution_is_read_as_it_was_saved(tmp_path: Path) -> None:
    found = Attribution({"a::one": 0.5, "a::two": 1.0}, {"a::one"}, {"a::two"})
    found.tests["x-1"] = {"a::one"}
    found.save(tmp_path / "a.json")
    assert Attribution.load(tmp_path / "a.json") == found


def test_cheapest_tests_run_first_and_share_their_files() -> None:
    assert in_order({"b::1": 0.2, "a::1": 40.0, "a::2": 0.5, "b::2": 0.3, "c::1": 0.01}) == [
        "c::1", "a::2", "b::1", "b::2", "a::1",
    ]  # fmt: skip


BEGAN = {"began": "a::one"}
PASSED = {"ended": "a::one", "when": "teardown", "outcome": "passed", "seconds": 0.1}
FAILED = {"ended": "a::one", "when": "call", "outcome": "failed", "seconds": 0.1}


@pytest.mark.parametrize(
    ("status", "told", "kind", "test"),
    [
        (0, [BEGAN, PASSED], "missed", ""),
        (1, [BEGAN, FAILED], "caught", "a::one"),
        (None, [BEGAN, PASSED], "missed", ""),
        (None, [BEGAN, FAILED], "caught", "a::one"),
        (None, [], "missed", ""),
        (2, [], "broken at import", ""),
        (1, [BEGAN], "caught", "a::one"),
        (-11, [BEGAN, PASSED, {"began": "a::two"}], "caught", "a::two"),
        (5, [], "not run", ""),
        (3, [BEGAN, PASSED], "not run", ""),
    ],
)
def test_end_of_a_run_gives_the_verdict(status: int | None, told: list[dict[str, Any]], kind: str, test: str) -> None:
    found = verdict(Ended(status, tuple(told)))
    assert (found.kind, found.test) == (kind, test)


class Scripted(Runner):
    """A runner whose tests end as they are told. sound: tests that pass without the fault."""

    def __init__(self, ends: list[Ended], sound: set[str]) -> None:
        known = Attribution({"a::one": 0.1, "a::two": 99.0}, {"a::two"})
        known.tests["leases-1"] = {"a::one", "a::two"}
        super().__init__(Slot("", "commit", ROOT), known, threading.Event())
        self.ends, self.sound, self.ran = ends, sound, list[set[str]]()

    def _put(self, fault: Fault) -> None: ...

    def _tests(
        self, fault: Fault, which: str, tests: Mapping[str, float], flaky: Sequence[str], limit: float
    ) -> tuple[Ended, float]:
        self.ran.append(set(tests) - set(flaky))
        return self.ends.pop(0), 1.0

    def _passes_without(self, nodeid: str) -> bool:
        return nodeid in self.sound


CAUGHT, THROUGH = Ended(1, (BEGAN, FAILED)), Ended(0, (BEGAN, PASSED))
(LEASE,) = [fault for fault in load() if fault.id == "leases-1"]


def test_failure_without_the_fault_is_no_catch() -> None:
    runner = Scripted([CAUGHT, THROUGH], sound=set())
    found = runner.run(LEASE, "fast")
    assert (found.kind, found.flaky) == ("missed", ["a::one"])
    assert Scripted([CAUGHT], sound={"a::one"}).run(LEASE, "fast").kind == "caught"


def test_full_set_adds_the_slow_tests_to_the_fast_result() -> None:
    fast = Scripted([THROUGH], sound=set()).run(LEASE, "fast")
    runner = Scripted([THROUGH], sound=set())
    assert runner.run(LEASE, "all", fast).kind == "missed"
    assert runner.ran == [{"a::two"}]
    caught = replace(fast, kind="caught", test="a::one")
    assert Scripted([], sound=set()).run(LEASE, "all", caught) == replace(caught, set="all")


def test_line_that_a_kill_has_cut_is_left_out(tmp_path: Path) -> None:
    assert parse(['{"began": "a"}', '{"began": "b']) == ({"began": "a"},)
    one = Result("x-1", "fast", "c", "caught", "a::one")
    (tmp_path / "r").write_text(one.line() + one.line().replace("x-1", "x-2")[:30])
    assert results.load(tmp_path / "r") == {("x-1", "fast"): one}


def test_page_counts_each_set() -> None:
    faults = draw({"actors/a.py": "def renew(lease):\n    return lease < 1\n"})
    (fault,) = faults
    found = {(fault.id, "fast"): Result(fault.id, "fast", "c", "caught", "tests/a.py::one", seconds=2.0)}
    text = page(faults, found, {fault.id: "A new test."})
    assert "| fast | 1 | 0 | 0 | 0 |" in text
    assert "| all | 0 | 0 | 0 | 1 |" in text
    assert "| caught in 2 s by `a.py::one`; not run |" in text
