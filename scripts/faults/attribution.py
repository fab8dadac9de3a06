"""The tests that reach each fault: run the suite in a probed copy, and join the hits with the sessions' tables."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.faults.model import Fault
from scripts.faults.probes import insert
from scripts.faults.slots import WORK, Slot
from scripts.faults.sources import tree_of_folder


@dataclass
class Attribution:
    """The tests of each fault."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Of every test that ran."""
    slow: set[str] = field(default_factory=set)
    """Tests with this marker."""
    properties: set[str] = field(default_factory=set)
    """Tests with Hypothesis. The fast set runs fewer examples of them."""
    tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Fault -> tests."""

    def of(self, fault: str, *, fast_only: bool) -> dict[str, float]:
        """Seconds by node id of the tests that reach a fault."""
        found = self.tests.get(fault, set())
        return {nodeid: self.seconds[nodeid] for nodeid in found if not (fast_only and nodeid in self.slow)}

    def save(self, path: Path) -> None:
        shown = {
            "seconds": self.seconds,
            "slow": sorted(self.slow),
            "properties": sorted(self.properties),
            "tests": {fault: sorted(found) for fault, found in sorted(self.tests.items())},
        }
        path.write_text(json.dumps(shown, indent=1), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Attribution:
        read = json.loads(path.read_text("utf-8"))
        tests = defaultdict(set, {fault: set(found) for fault, found in read["tests"].items()})
        return cls(read["seconds"], set(read["slow"]), set(read["properties"]), tests)


def path_of(commit: str) -> Path:
    return WORK / f"attribution-{commit}.json"


def join(
    sessions: Mapping[str, Iterable[Mapping[str, Any]]], hits: Iterable[str], known: Attribution | None = None
) -> Attribution:
    """Tests by fault. A hit in a shared fixture belongs to all tests that use the fixture.

    sessions: the rows of each session's table. hits: lines of the recorder. known: an earlier part, which grows.
    """
    found = known or Attribution()
    numbers: dict[tuple[str, int], Mapping[str, Any]] = {}
    users: dict[str, set[str]] = defaultdict(set)
    for name, rows in sessions.items():
        for row in rows:
            if "number" in row:
                numbers[name, row["number"]] = row
            else:
                found.seconds[row["done"]] = row["seconds"]
                for marker, marked in (("slow", found.slow), ("hypothesis", found.properties)):
                    if marker in row["markers"]:
                        marked.add(row["done"])
                for fixture in row["fixtures"]:
                    users[fixture].add(row["done"])
    for line in hits:
        fault, name, number, *_ = line.split("\t")
        row = numbers.get((name, int(number)), {"test": ""})
        reached = {row["test"]} | users.get(row.get("fixture", ""), set())
        found.tests[fault] |= {nodeid for nodeid in reached if nodeid in found.seconds}
    return found


def measure(faults: Sequence[Fault], commit: str, arguments: Sequence[str]) -> Attribution:
    """Run pytest in a probed copy of a commit, and add the result to the known attribution."""
    slot = Slot("probed", commit)
    slot.make()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o777)  # some tests run as another user
    recorder = Path(__file__).with_name("recorder.py").read_text("utf-8").replace("@FOLDER@", str(folder))
    (slot.root / "platform" / "automate" / "fault_probe.py").write_text(recorder, "utf-8")
    insert(faults, tree_of_folder(slot.root), slot.root)
    slot.commit_changes("Probes")
    try:
        subprocess.run(
            [str(slot.python), "-m", "pytest", "-p", "fault_plugin", "-q", *arguments],
            check=False,
            cwd=slot.root,
            env=slot.environ(FAULT_FOLDER=str(folder)),
        )
    finally:
        slot.sweep()
    path = path_of(commit)
    sessions = {table.stem: map(json.loads, table.read_text("utf-8").splitlines()) for table in folder.glob("*.jsonl")}
    hits = folder / "hits"
    lines = hits.read_text("utf-8").splitlines() if hits.exists() else []
    found = join(sessions, lines, Attribution.load(path) if path.exists() else None)
    found.save(path)
    shutil.rmtree(folder)
    slot.reset()
    slot.sweep()
    return found
