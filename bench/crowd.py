"""``python -m bench.crowd``: the same backlog for one tenant, and divided among many tenants, in turn, in one run.

The name of a scene is ``TENANTS`` or ``TENANTSxEVENTS``, with the events of each tenant. Without a number of events,
a scene has ``--runs`` runs in total. A scene's first round is cold: the processes do not know its tenants. Figures
go to ``bench/out/crowd.json``.

``--floods 1x6000,200x50`` measures the start delay of one more tenant with four events a second, alone and while the
others' backlogs are drained. ``--dispatcher due`` measures the same with a relay that sends jobs in the order of
their due times.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from bench.stopping import signals_raise_exit
from bench.system import running_system, set_up_django

OUT = Path(__file__).with_name("out") / "crowd.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--scenes", default="1,40,200,1000x5")
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=4, help="the first one is cold and counted separately")
    parser.add_argument("--floods", default="")
    parser.add_argument("--dispatcher", choices=("fair", "due"), default="fair")
    arguments = parser.parse_args()
    with signals_raise_exit(), running_system() as system:
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        crowds = importlib.import_module("bench.crowds")
        crowd = crowds.Crowd(system, arguments.runs, arguments.rounds, in_due_order=arguments.dispatcher == "due")
        figures = crowd.measure(*(names.split(",") if names else [] for names in (arguments.scenes, arguments.floods)))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")


if __name__ == "__main__":
    main()
