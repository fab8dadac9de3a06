"""``python -m bench.attacks``: the effect of one tenant's attack on the answers to another tenant, on a real system.

``--checkout PATH`` attacks the system of another checkout, whose ``.venv`` exists. Writes bench/out/attacks.json.
Exits 0 for met and missed criteria: a measurement is not a test.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.attacks.attacker import ATTACKS
from bench.attacks.memory import rss_mib, watched
from bench.attacks.report import Row, heading, line
from bench.attacks.victim import await_calm, measure
from bench.pair.checkout import clean_environ
from bench.stopping import signals_raise_exit

ROOT = Path(__file__).parents[2]
STAGE = Path(__file__).with_name("stage.py")
SECONDS, WARM_SECONDS = 8.0, 2.0
SETTLE_SECONDS, LOOK_SECONDS = 15.0, 0.5


@contextmanager
def staged(checkout: Path) -> Iterator[dict[str, Any]]:
    """The running system of a checkout, as ``bench/attacks/stage.py`` describes it."""
    run = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
    with subprocess.Popen(
        [str(checkout / ".venv" / "bin" / "python"), "-c", run, str(STAGE)],
        cwd=checkout,
        env=clean_environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = process.stdout.readline()
        try:
            yield json.loads(told)
        finally:
            process.stdin.close()


@contextmanager
def attacked(attack: str, system: dict[str, Any]) -> Iterator[dict[str, int]]:
    """Attack during the block. Afterwards the yielded dictionary has the answers to the attacker."""
    answers: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "bench.attacks.attacker", attack],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(system), file=process.stdin, flush=True)
        assert process.stdout.readline() == "begun\n"
        yield answers
        process.stdin.close()
        answers.update(json.loads(process.stdout.readline()))


def row_of(attack: str, system: dict[str, Any], seconds: float) -> Row:
    pid = system["web_pid"]
    await_calm(system)
    alone = measure(system, seconds)
    before = rss_mib(pid)
    with attacked(attack, system) as answers, watched(pid) as memory:
        time.sleep(WARM_SECONDS)
        under = measure(system, seconds)
    deadline, after = time.monotonic() + SETTLE_SECONDS, rss_mib(pid)
    while after - before > 1 and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        after = min(after, rss_mib(pid))
    return Row(attack, alone, under, (before, memory.peak, after), answers)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="whose system is attacked (default: this one)")
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="names with commas between them (default: all)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement, without and under attack")
    given = parser.parse_args(words)
    names = given.attacks.split(",")
    if unknown := set(names) - set(ATTACKS):
        parser.error(f"There is no attack {', '.join(sorted(unknown))}. Choose from {', '.join(ATTACKS)}.")
    rows = []
    with signals_raise_exit(), staged(given.checkout.resolve()) as system:
        measure(system, WARM_SECONDS)
        print(heading(), flush=True)
        for name in names:
            rows.append(row_of(name, system, given.seconds))
            print(line(rows[-1]), flush=True)
    out = ROOT / "bench" / "out" / "attacks.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
