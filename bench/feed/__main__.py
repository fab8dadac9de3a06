"""``make bench-feed``: run feeds under load, on one web process, with webhooks beside them.

Writes bench/out/feed.json. Exits 0 for met and missed targets: a measurement is not a test.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from bench.feed.table import line, missed
from bench.system import running_system, set_up_django

OUT = Path(__file__).parents[1] / "out" / "feed.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.feed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="duration of each scene; use 600 to judge memory")
    parser.add_argument("--scenes", default="", help="names, separated by commas; all by default")
    arguments = parser.parse_args()
    with running_system() as system:
        # One tenant holds all subscribers of a scene.
        system.environ.update(AUTOMATE_WEB_SOCKETS="6000", AUTOMATE_SOCKETS_PER_TENANT="6000")
        system.environ.update(AUTOMATE_STREAMS_PER_TENANT="6000", AUTOMATE_API_POINTS_PER_SECOND="1000000")
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        scenes = importlib.import_module("bench.feed.scenes")
        provisioning = importlib.import_module("tenants.provisioning")
        provisioning.migrate()
        chosen = [scene for scene in scenes.SCENES if not arguments.scenes or scene.name in arguments.scenes.split(",")]
        stages = [scenes.make_stage(f"feed-{number}") for number in range(max(scene.tenants for scene in chosen))]
        outcomes = []
        for scene in chosen:
            # A new process for each scene, so that memory is that of the scene.
            system.start("web")
            system.wait_until_ready()
            outcomes.append(scenes.play(system, stages, scene, arguments.seconds))
            print(line(outcomes[-1]), flush=True)
            system.stop("web")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([outcome.as_json() for outcome in outcomes], indent=2) + "\n")
    short = [f"{outcome.scene} ({', '.join(names)})" for outcome in outcomes if (names := missed(outcome))]
    print(f"\nbench/out/feed.json: {len(outcomes)} scenes" + (f"; missed: {'; '.join(short)}" if short else ""))


if __name__ == "__main__":
    main()
