"""``make bench``: all figures in one run. Each alternates with its reference; the median of five rounds counts.

Writes bench/out/latest.json. Exits 0 for met and missed targets: a measurement is not a test.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from bench.system import running_system, set_up_django

OUT = Path(__file__).with_name("out") / "latest.json"
TENANTS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=3_000, help="runs in each drained backlog")
    parser.add_argument("--tenants", type=int, default=TENANTS)
    parser.add_argument("--only", choices=["budgets"], help="measure this part alone")
    arguments = parser.parse_args()
    with running_system() as system:
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        measures = importlib.import_module("bench.measures")
        bench = measures.Bench(system, arguments.rounds, arguments.events, arguments.tenants)
        figures = bench.run_budgets() if arguments.only else bench.run()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    missed = [figure.name for figure in figures if figure.met is False]
    print(f"\nbench/out/latest.json: {len(figures)} figures" + (f"; missed: {', '.join(missed)}" if missed else ""))


if __name__ == "__main__":
    main()
