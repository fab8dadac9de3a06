"""Run one fault in one slot: pytest with -x over the tests that reach it, and the failed test again without the
fault."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from scripts.faults.attribution import Attribution
from scripts.faults.model import Fault
from scripts.faults.placing import NotPlacedError, apply
from scripts.faults.slots import WORK, Slot
from scripts.faults.strata import folders_of_room
from scripts.faults.verdicts import LIMIT, Ended, in_order, parse, passed, verdict
from scripts.suites import FAST, arguments_of

Set = Literal["fast", "all"]
LIMIT_SECONDS = 900.0
END_SECONDS = 60.0
"""The time in which a stopped run ends its servers, before it is killed."""


@dataclass(frozen=True)
class Result:
    """The outcome of one fault with one set of tests."""

    id: str
    set: Set
    commit: str
    kind: str
    test: str = ""
    why: str = ""
    seconds: float = 0.0
    """Of the last run, until its catch or its end."""
    tests: int = 0
    """How many tests reach the fault; 0 if the room's folder ran."""
    flaky: list[str] = field(default_factory=list)
    """Tests that failed with the fault and without it."""
    imported: bool = True
    """Whether a process loaded the faulty file."""

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class StoppedError(Exception):
    """The caller stops all runs. This one has no result, so it will run again."""


@dataclass
class Runner:
    """Runs faults in one slot. stop: ends the run that is in flight."""

    slot: Slot
    attribution: Attribution
    stop: threading.Event
    limit: float = LIMIT_SECONDS

    def run(self, fault: Fault, which: Set, fast: Result | None = None) -> Result:
        """The result of a set.

        fast: the fast set's result on the same commit. "all" adds the slow tests, and properties with all examples.
        """
        if which == "all" and fast and fast.kind != "missed":
            return Result(**{**asdict(fast), "set": which})
        limit, tests = self.limit, self.attribution.of(fault.id, fast_only=which == "fast")
        if which == "all" and fast and fast.tests and fast.why != LIMIT:
            limit -= fast.seconds
            again = self.attribution.slow | self.attribution.properties
            tests = {nodeid: seconds for nodeid, seconds in tests.items() if nodeid in again}
            if not tests:
                return Result(**{**asdict(fast), "set": which})
        try:
            self._put(fault)
        except NotPlacedError as error:
            return Result(fault.id, which, self.slot.commit, "not run", why=str(error))
        flaky: list[str] = []
        while True:
            ended, spent = self._tests(fault, which, tests, flaky, limit)
            limit -= spent
            imported = self.slot.was_imported(fault)
            found = verdict(ended)
            if found.kind != "caught" or self._passes_without(found.test):
                seen = (found.kind, found.test, found.why, spent, len(tests), flaky, imported)
                return Result(fault.id, which, self.slot.commit, *seen)
            flaky.append(found.test)
            self._put(fault)

    def _put(self, fault: Fault) -> None:
        self.slot.reset()
        apply(fault, self.slot.root)
        self.slot.commit_changes(f"Fault {fault.id}")
        self.slot.prove(fault)

    def _tests(
        self, fault: Fault, which: Set, tests: dict[str, float], flaky: Sequence[str], limit: float
    ) -> tuple[Ended, float]:
        began = time.monotonic()
        log = WORK / "logs" / f"{self.slot.commit}-{which}-{fault.id}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        given = arguments_of(self.slot.root, FAST) if which == "fast" else ()
        if tests:
            ended = self._pytest([nodeid for nodeid in in_order(tests) if nodeid not in flaky], given, limit, log)
        else:
            spared = [word for nodeid in flaky for word in ("--deselect", nodeid)]
            ended = self._pytest(None, (*folders_of_room(fault.file), *given, *spared), limit, log)
        return ended, round(time.monotonic() - began, 1)

    def _passes_without(self, nodeid: str) -> bool:
        """Whether a test passes without the fault; otherwise its failure proves nothing about the fault."""
        self.slot.reset()
        return passed(self._pytest([nodeid], (), self.limit, WORK / "logs" / f"{self.slot.root.name}-without.log"))

    def _pytest(self, tests: Sequence[str] | None, arguments: Sequence[str], limit: float, log: Path) -> Ended:
        slot = self.slot
        slot.sweep()
        slot.temporary.mkdir(mode=0o755)
        outcomes, listed = slot.temporary / "outcomes", slot.temporary / "tests"
        outcomes.touch()
        environ = slot.environ(FAULT_OUTCOMES=str(outcomes))
        files: list[str] = []
        if tests is not None:
            listed.write_text(json.dumps(tests), "utf-8")
            environ["FAULT_TESTS"] = str(listed)
            files = list(dict.fromkeys(nodeid.partition("::")[0] for nodeid in tests))
        command = [str(slot.python), "-m", "pytest", "-p", "fault_plugin", "-x", "-q", *files, *arguments]
        with log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                command, cwd=slot.root, env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                status = self._wait(process, limit)
                told = parse(outcomes.read_text("utf-8").splitlines())
            finally:
                process.kill()
                process.wait()
                slot.sweep()
        return Ended(status, told)

    def _wait(self, process: subprocess.Popen[bytes], limit: float) -> int | None:
        """The status; None if the time limit ended the run."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.stop.is_set():
                raise StoppedError
            try:
                return process.wait(1)
            except subprocess.TimeoutExpired:
                continue
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        return None
