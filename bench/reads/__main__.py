"""``make bench-reads``: pages and one run in detail, beside raw SQL and PostGraphile, in one run.

Loads a tenant's tables by COPY, and starts one web process. Writes bench/out/reads.json. Exits with 1 when an
answer differs from that of raw SQL; a missed target is printed and changes no exit status.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench.reads.table import missed
from bench.system import running_system, set_up_django

OUT = Path(__file__).parents[1] / "out" / "reads.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="each has three steps")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each measurement takes")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each scene, in turn; the median counts")
    parser.add_argument("--scenes", default="", help="parts of names, separated by commas; all by default")
    parser.add_argument("--only-second", action="store_true", help="measure only one web process beside two")
    parser.add_argument("--bound", action="store_true", help="bind each web process to a different processor")
    arguments = parser.parse_args()
    with running_system() as system:
        system.environ.update(AUTOMATE_API_POINTS_PER_SECOND="100000000")
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        importlib.import_module("tenants.provisioning").migrate()
        playing = importlib.import_module("bench.reads.play")
        outcomes, seconds, profiles = playing.play(system, playing.Wanted(**vars(arguments)))
        OUT.parent.mkdir(exist_ok=True)
        found = {
            "scenes": [one.as_json() for one in outcomes],
            "second_process": [one.as_json() for one in seconds],
            "profiles": [one.as_json() for one in profiles],
        }
        OUT.write_text(json.dumps(found, indent=2) + "\n")
    short = missed(outcomes)
    print(f"\nbench/out/reads.json: {len(outcomes)} scenes" + (f"; missed: {', '.join(short)}" if short else ""))
    if not all(outcome.agrees for outcome in outcomes):
        sys.exit(1)


if __name__ == "__main__":
    main()
