"""``python -m bench.floods``: the start delay of one tenant with one event a second, alone and beside the backlogs of others.

A flood has a name, ``TENANTSxEVENTS`` or ``TENANTSxEVENTS:KIND``. KIND is ``log`` (one ``log.write``, the default), ``50ms`` or
``500ms`` (one call of a server that answers after that time), or ``keys`` (``log.write`` over 1,000 concurrency keys). Each flood is
drained twice in each round: by the relay, and by one that sends jobs in the order of their due times, whose they are. The bounds: the
p95 of the delays of all rounds is at most three times the one alone, and at most 500 ms beside 200 tenants or more; the relay drains at
least 0.9 of what due order does, as the median of the rounds. Figures go to ``bench/out/floods.json``.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from bench.stopping import signals_raise_exit
from bench.system import running_system, set_up_django

OUT = Path(__file__).with_name("out") / "floods.json"
FLOODS = "1x20000,1x12000:50ms,1x8000:500ms,1x10000:keys,200x40"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.floods", description=__doc__)
    parser.add_argument("--floods", default=FLOODS)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two events of the other tenant")
    parser.add_argument("--alone", type=float, default=40.0, help="seconds for which it is alone first")
    parser.add_argument(
        "--rounds", type=int, default=4, help="an even number, so that each order comes first equally often"
    )
    arguments = parser.parse_args()
    if arguments.rounds <= 0 or arguments.rounds % 2:
        parser.error("--rounds must be an even number")
    with signals_raise_exit(), running_system() as system:
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        flooding = importlib.import_module("bench.flooding")
        figures = flooding.Floods(system, arguments.floods.split(","), arguments.every, arguments.rounds).measure(
            arguments.alone
        )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")


if __name__ == "__main__":
    main()
