"""Results on disk, one line each, written at once: an interrupted script resumes after the last line."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from scripts.faults.attribution import Attribution
from scripts.faults.model import Fault
from scripts.faults.running import Result, Runner, Set
from scripts.faults.slots import WORK, Slot

Say = Callable[[str], None]


def path_of(commit: str) -> Path:
    return WORK / f"results-{commit}.jsonl"


def load(path: Path) -> dict[tuple[str, str], Result]:
    """Results by fault and set. An incomplete last line of a killed process is ignored."""
    found: dict[tuple[str, str], Result] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            result = Result(**json.loads(line))
        except json.JSONDecodeError:
            continue
        found[result.id, result.set] = result
    return found


def run_all(
    faults: Sequence[Fault], which: Set, commit: str, attribution: Attribution, *, jobs: int, say: Say
) -> list[Result]:
    """Run the faults without a result, several at a time, each in its own slot."""
    path = path_of(commit)
    known = load(path)
    left = [fault for fault in faults if (fault.id, which) not in known]
    slots: queue.SimpleQueue[Slot] = queue.SimpleQueue()
    for number in range(min(jobs, len(left))):
        slot = Slot(f"slot-{number}", commit)
        slot.make()
        slots.put(slot)
    stop = threading.Event()

    def one(fault: Fault) -> Result:
        slot = slots.get()
        try:
            return Runner(slot, attribution, stop).run(fault, which, known.get((fault.id, "fast")))
        finally:
            slot.sweep()
            slots.put(slot)

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running = [pool.submit(one, fault) for fault in left]
        try:
            for done in as_completed(running):
                result = done.result()
                with path.open("a", encoding="utf-8") as file:
                    file.write(result.line())
                known[result.id, which] = result
                say(
                    f"{result.id}: {result.kind} {result.test or result.why} ({result.seconds} s, {result.tests} tests)"
                )
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [known[fault.id, which] for fault in faults]
