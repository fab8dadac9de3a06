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

The test suite has two sets of tests: the fast set and the full set (`all`). The fast set of tests has little value if it misses faults that the full set finds.

## Decision

A script puts one fault at a time into the product code. Each set of tests must detect each fault: at least one test of the set must fail.

`python -m scripts.faults draw` draws {count} faults from commit `{base}` with the seed {seed}. The code is divided into
ten kinds (*strata*), and the command draws four faults from each stratum at random. The faults of a stratum come from as many folders
of the code (*rooms*) as possible. The command never puts a fault into a log call, a type annotation, a docstring or `__repr__`. The
file `scripts/faults/drawn.json` contains the drawn faults.

- **For each fault and each set, the script runs only the tests that execute the changed lines.** The shortest tests run first, and the
  script stops at the first failed test. If a set has no test that executes the changed lines, the script runs the test folders of the
  room that contains the fault.
- **A probe finds the tests that execute the changed lines.** A probe is a call that the script inserts before the
  statement that the fault changes. The call appends a line to a file. Therefore the probe also works in subprocesses and in killed
  processes. The tool coverage.py loses the data of a process that gets SIGKILL.
- **A test detects a fault only if it fails with the fault and passes without the fault.** A set misses a fault if no
  test of the set has failed after 15 minutes, or if all of its tests pass.
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
    lines += [
        "",
        "The column `result` names the test that failed. If the fast set and the full set have different results, the column shows the result of the fast set first.",
        "",
    ]
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
