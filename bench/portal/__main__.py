"""``make bench-portal``: the portal in Chromium, for a tenant with many runs.

Loads a tenant's tables by COPY, and starts one web process. Writes bench/out/portal.json. Missed targets are
printed; the exit status is 0. Needs the built portal and Chromium.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench.portal.table import line, missed
from bench.system import running_system, set_up_django

SCENES = ("load", "filters", "scroll", "pages")
OUT = Path(__file__).parents[1] / "out" / "portal.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.portal", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="The number of runs; each has three steps.")
    parser.add_argument(
        "--rounds",
        type=int,
        default=5,
        help="The number of first loads and of changes of each filter; the median counts.",
    )
    parser.add_argument("--rows", type=int, default=10_000, help="The number of rows to scroll over.")
    parser.add_argument("--scroll-seconds", type=float, default=10.0, help="The duration of the scrolling.")
    parser.add_argument("--pages", type=int, default=100, help="The number of open pages at the end; 0 for none.")
    parser.add_argument("--seconds", type=float, default=60.0, help="How long they are open.")
    parser.add_argument("--rate", type=float, default=1.0, help="Transitions of runs a second in the meantime.")
    parser.add_argument(
        "--keep", type=lambda text: Path(text).absolute(), help="A folder that keeps the loaded runs for the next time."
    )
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=SCENES, help="The scenes to measure.")
    parser.add_argument("--trace", type=Path, help="A file for the trace of the scrolling, with a profile of scripts.")
    arguments = parser.parse_args()
    playing = importlib.import_module("bench.portal.play")
    browser = playing.demand_parts()
    if browser is None:
        sys.exit("Build the portal first (make portal), and install Debian's chromium.")
    with running_system(arguments.keep) as system:
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        importlib.import_module("tenants.provisioning").migrate()
        stage = importlib.import_module("bench.portal.stage").kept_or_made(system, arguments.runs, arguments.keep)
        wanted = {name: value for name, value in vars(arguments).items() if name != "keep"}
        measures = playing.play(system, stage, browser, playing.Wanted(**wanted))
    for measure in measures:
        print(line(measure), flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([measure.as_json() for measure in measures], indent=2) + "\n")
    short = missed(measures)
    print(f"\nbench/out/portal.json: {len(measures)} figures" + (f"; missed: {', '.join(short)}" if short else ""))


if __name__ == "__main__":
    main()
