"""``make soak``: mixed load with a fault every few seconds, and what must hold afterwards. Exits 1 where something is broken.

Writes soak/out/latest.json. The same seed deals the same load and the same faults; when each of them takes effect is the
machine's. ``--sabotage`` breaks the platform on purpose, which has to be found out.
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
        "--seconds", type=float, default=1200, help="of load and faults; what was begun is awaited after it"
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
