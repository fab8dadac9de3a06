"""Print the page on seeded faults from the draw and the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from scripts.faults.draw import SEED
from scripts.faults.model import BASE, Fault
from scripts.faults.running import Result

MOST_SHOWN = 100
HEAD = """# Seeded faults

## Context

The suite has a fast set and a full set. A fast set is worth little if it misses faults that the full set finds.

## Decision

Faults are put into the product code, and each set must fail. `python -m scripts.faults draw` draws {count} faults from commit
`{base}` with the seed {seed}: four from each of ten strata, from many rooms. No fault is picked by hand. The draw leaves out
log calls, type annotations, docstrings and `__repr__`. `scripts/faults/drawn.json` holds the faults.

- **A set runs the tests that reach the changed lines,** cheapest first, and stops at the first failure. If no test reaches
  the lines, the tests of the room's folder run.
- **Probes find these tests.** A call before the changed statement appends a line to a file. So the lines of killed processes
  and subprocesses are also counted. coverage.py loses the data of a process that gets SIGKILL.
- **A failure counts if the same test passes without the fault.** A set misses a fault if it has not failed after 15 minutes.
"""


def page(faults: Sequence[Fault], results: Mapping[tuple[str, str], Result], notes: Mapping[str, str]) -> str:
    """The page as Markdown. notes: fault -> the consequence of its missing catch."""
    lines = [
        HEAD.format(count=len(faults), base=BASE, seed=SEED),
        "## Consequences",
        "",
        "| set | caught | missed | broken at import | not run |",
    ]
    lines.append("|---|---|---|---|---|")
    for which in ("fast", "all"):
        found = [results.get((fault.id, which)) for fault in faults]
        counts = Counter("not run" if result is None else result.kind for result in found)
        shown = (counts[kind] for kind in ("caught", "missed", "broken at import", "not run"))
        lines.append(f"| {which} | {' | '.join(map(str, shown))} |")
    lines += ["", "The last column names the test that failed. If the sets differ, the fast set is first.", ""]
    lines += ["| fault | place | change | result |", "|---|---|---|---|"]
    lines += [_row(fault, results) for fault in faults]
    if notes:
        lines += ["", *(f"- `{fault}`: {note}" for fault, note in notes.items())]
    return "\n".join(lines) + "\n"


def _row(fault: Fault, results: Mapping[tuple[str, str], Result]) -> str:
    cells = [_cell(results.get((fault.id, which))) for which in ("fast", "all")]
    return f"| {fault.id} | `{fault.file}` line {fault.line} | {_change(fault)} | {'; '.join(dict.fromkeys(cells))} |"


def _cell(result: Result | None) -> str:
    if result is None:
        return "not run"
    test = f" by `{result.test.rpartition('/')[2]}`" if result.test else f", {result.why}" if result.why else ""
    return _escaped(f"{result.kind} in {result.seconds:.0f} s{test}")


def _change(fault: Fault) -> str:
    """The first line that differs, before and after."""
    pairs = zip(fault.before, [*fault.after, *[""] * len(fault.before)], strict=False)
    old, new = next(((old, new) for old, new in pairs if old != new), ("", ""))
    return f"{fault.operator}: `{_escaped(_short(old))}` → `{_escaped(_short(new)) or ' '}`"


def _short(line: str) -> str:
    line = line.strip().replace("`", "'")
    return line if len(line) <= MOST_SHOWN else f"{line[: MOST_SHOWN - 1]}…"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
