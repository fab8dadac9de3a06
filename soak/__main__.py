"""``make soak``: mixed load with a fault every few seconds, then the checks. Exits 1 if a check fails.

Writes soak/out/latest.json. The same seed gives the same load and the same faults; their timing depends on the
machine. ``--sabotage`` breaks the platform on purpose, and the checks must detect that.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from soak.report import OUT, as_json, table
from soak.soaking import Plan, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=1200, help="of load and faults; started work is awaited afterwards"
    )
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two faults, on average")
    parser.add_argument("--rate", type=float, default=8.0, help="events a second")
    parser.add_argument(
        "--sabotage", default="", help="KIND=MISCHIEF of tests/support/sabotage.py, or receiver=forgets"
    )
    told = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if told.seed is None else told.seed
    kind, _, mischief = told.sabotage.partition("=")
    forgets = 50 if kind == "receiver" else 0
    broken = {kind: mischief} if mischief and not forgets else {}
    plan = Plan(seed, told.seconds, told.every, told.rate, broken, forgets)
    print(f"seed {seed}: again with  make soak ARGS='--seed {seed} --seconds {told.seconds:g}'", flush=True)
    home = Path(tempfile.mkdtemp(prefix="automate-soak-"))
    result = soak(plan, home, lambda line: print(line, flush=True))
    print(table(result))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(as_json(result))
    if result.breaches:
        print(f"\nThe logs are in {home}; evidence and breaches in soak/out/latest.json.")
        return 1
    shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
