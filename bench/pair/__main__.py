"""``make bench-pair BASE=<commit>``: compare the speed of this working tree with that of another commit.

Both systems run side by side. Their measurements alternate, and each line gets the ratio this / base with an
interval of 90 %. Writes bench/out/pair.json. Exits 1 if a line is slower with its whole interval beyond the limit, 2
if no comparison was possible, otherwise 0.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.lines import Line
from bench.pair.alternation import alternate, check_rounds
from bench.pair.checkout import BASELINE, checked_out, commit_of, git
from bench.pair.refusal import Refusal
from bench.pair.side import Side, started
from bench.pair.verdict import Verdict, judge, table
from bench.stopping import signals_raise_exit

ROOT = Path(__file__).parents[2]
ROUNDS = 12
LIMIT, LIMIT_IN_SUM = 0.05, 0.10
SLOWER, REFUSED = 1, 2


def say(text: str) -> None:
    print(text, flush=True)


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    given = _arguments(words)
    names = [name.strip() for name in given.lines.split(",") if name.strip()]
    begun = time.monotonic()
    try:
        with signals_raise_exit(), ExitStack() as stack:
            base, this = _sides(stack, root, given.base)
            verdicts = _compared(base, this, names, given.rounds, given.limit)
            say(f"\n{table(verdicts)}")
    except Refusal as refusal:
        print(f"bench-pair: {refusal}", file=sys.stderr)
        return REFUSED
    result = {
        "base": {"asked": given.base, "commit": base.commit},
        "this": {"commit": this.commit, "uncommitted": _uncommitted(root)},
        "rounds": given.rounds,
        "limit": given.limit,
        "seconds": round(time.monotonic() - begun),
        "lines": [verdict.as_json() for verdict in verdicts],
    }
    out = root / "bench" / "out" / "pair.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    slower = [verdict.line.name for verdict in verdicts if verdict.slower]
    say(f"\nbench/out/pair.json: {len(verdicts)} lines, {given.rounds} rounds, {result['seconds']} s")
    if slower:
        say(f"Slower beyond {100 * given.limit:g} %: {', '.join(slower)}")
    return SLOWER if slower else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pair", description=__doc__)
    parser.add_argument("--base", default=BASELINE, help="commit to compare with (default: that of bench/baseline.txt)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="pairs per line: an even number, at least 6")
    parser.add_argument("--lines", default="", help="names with commas between them (default: all)")
    parser.add_argument(
        "--limit", type=float, help=f"share that may be lost (default: {LIMIT:g}; {LIMIT_IN_SUM:g} since the baseline)"
    )
    given = parser.parse_args(words)
    if given.limit is None:
        given.limit = LIMIT_IN_SUM if given.base == BASELINE else LIMIT
    try:
        check_rounds(given.rounds)
    except ValueError as error:
        parser.error(str(error))
    return given


def _sides(stack: ExitStack, root: Path, asked: str) -> tuple[Side, Side]:
    """Base and this, each proven to import its own code. The stack stops them and removes the base's checkout."""
    own = git(root, "rev-parse", "HEAD")
    commit = commit_of(root, asked)
    say(f"Load average {os.getloadavg()[0]:.1f}. Other work on this machine widens the intervals.")
    say(f"Making the environment of {commit[:12]} from its own lock.")
    checkout = stack.enter_context(checked_out(root, commit))
    logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="automate-pair-logs-")))
    base = stack.enter_context(started("base", checkout, commit, logs / "base.log"))
    this = stack.enter_context(started("this", root, own, logs / "this.log"))
    for side in (base, this):
        subject = git(side.root, "log", "-1", "--format=%h %s", side.commit)
        say(f"{side.name}  {subject}\n      Python {side.python}, imported from {side.root}")
    if changed := _uncommitted(root):
        say(f"This side has uncommitted changes: {', '.join(changed)}")
    if (root / "requirements.lock").read_bytes() != (checkout / "requirements.lock").read_bytes():
        say("The locks differ, so the versions of packages are part of the comparison.")
    return base, this


def _uncommitted(root: Path) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in git(root, "status", "--porcelain").splitlines()]


def _compared(base: Side, this: Side, names: Sequence[str], rounds: int, limit: float) -> list[Verdict]:
    lines = _chosen(base, this, names)
    loads = list(dict.fromkeys(line.load for line in lines))
    for side in (base, this):
        say(f"Starting {side.name} and taking each load once.")
        side.prepare(loads)
    pairs = alternate(base, this, lines, rounds, say)
    return [judge(line, pairs[line.name], limit) for line in lines]


def _chosen(base: Side, this: Side, names: Sequence[str]) -> list[Line]:
    """The named lines, or all lines that both sides measure. Raises Refusal for a line that one side does not know."""
    for side in (this, base):
        if unknown := [name for name in names if name not in side.lines]:
            raise Refusal(f"{side.title} has no line {', '.join(unknown)}. It has {', '.join(side.lines)}.")
    if missing := [name for name in this.lines if name not in base.lines]:
        say(f"Not compared, because the base does not measure it: {', '.join(missing)}")
    wanted = names or base.lines
    return [line for name, line in this.lines.items() if name in wanted]


if __name__ == "__main__":
    sys.exit(main())
