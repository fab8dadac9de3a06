"""A stand-in for ``bench.side`` that measures nothing: its figures are those of speed.json in its checkout.

speed.json: ``figures`` by line. ``hello`` replaces parts of the first answer. ``hang`` and ``die`` name a load.
Each measurement is noted in the file that FAKE_BENCH_NOTES names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LINES = [
    {"name": "rate", "unit": "/s", "better": "higher", "load": "busy"},
    {"name": "cost", "unit": "ms", "better": "lower", "load": "busy"},
    {"name": "latency", "unit": "ms", "better": "lower", "load": "quiet"},
]


def note(text: str) -> None:
    with Path(os.environ["FAKE_BENCH_NOTES"]).open("a") as notes:
        notes.write(f"{text}\n")


def main() -> None:
    speed: dict[str, Any] = json.loads(Path("speed.json").read_text())
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    hello = {
        "protocol": 1,
        "python": "3",
        "prefix": str(Path(".venv").resolve()),
        "commit": commit,
        "imports": {"bench": [str(Path("bench").resolve())]},
        "lines": LINES,
    }
    print(json.dumps({**hello, **speed.get("hello", {})}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        load = request.get("measure")
        if load is None:
            print(json.dumps({"prepared": True}), flush=True)
            continue
        note(f"{speed['name']} {load}")
        if load == speed.get("die"):
            sys.exit("a row is missing")
        if load == speed.get("hang"):
            note(f"pid {os.getpid()}")
            time.sleep(60)
        print(json.dumps({"figures": speed["figures"]}), flush=True)


if __name__ == "__main__":
    main()
