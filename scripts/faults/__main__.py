"""Seeded faults: ``python -m scripts.faults draw | check | probe | run | table``."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

from scripts.faults import results
from scripts.faults.attribution import Attribution, measure, path_of
from scripts.faults.draw import SEED, draw
from scripts.faults.model import BASE, DRAWN, ROOT, Fault, load, save
from scripts.faults.placing import NotPlacedError, place
from scripts.faults.sources import tree_of_commit
from scripts.faults.table import page

MOST_JOBS = 2
PAGE = ROOT / "docs" / "decisions" / "seeded-faults.md"
NOTES = Path(__file__).with_name("notes.json")


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status: int = options.do(options)
    except KeyboardInterrupt:
        _say("Stopped. The same command resumes.")
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.faults", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("draw", help="print the faults that a commit and a seed give; --write stores them")
    one.add_argument("--commit", default=BASE)
    one.add_argument("--seed", type=int, default=SEED)
    one.add_argument("--write", action="store_true")
    one.set_defaults(do=_draw)
    one = commands.add_parser("check", help="whether a commit still holds the place of each fault")
    one.add_argument("--commit", default="HEAD")
    one.set_defaults(do=_check)
    one = commands.add_parser("probe", help="find the tests that reach each fault; arguments behind -- go to pytest")
    one.add_argument("--commit", default="HEAD")
    one.add_argument("arguments", nargs="*")
    one.set_defaults(do=_probe)
    one = commands.add_parser("run", help="run a set against each fault that has no result yet")
    one.add_argument("--set", choices=["fast", "all"], required=True, dest="which")
    one.add_argument("--commit", default="HEAD")
    one.add_argument("--jobs", type=int, choices=range(1, MOST_JOBS + 1), default=1)
    one.add_argument("--only", nargs="+", default=[], metavar="ID")
    one.set_defaults(do=_run)
    one = commands.add_parser("table", help=f"write {PAGE.relative_to(ROOT)} from the results of a commit")
    one.add_argument("--commit", default="HEAD")
    one.set_defaults(do=_table)
    return parser


def _draw(options: argparse.Namespace) -> int:
    faults = draw(tree_of_commit(ROOT, options.commit), options.seed)
    for fault in faults:
        _say(f"{fault.id:18} {fault.operator:22} {fault.file}:{fault.line}")
    for fault in faults:
        _say(f"\n# {fault.id}\n{fault.diff()}")
    if options.write:
        save(faults, DRAWN)
    return 0


def _check(options: argparse.Namespace) -> int:
    tree, gone = tree_of_commit(ROOT, options.commit), 0
    for fault in load():
        try:
            place(fault, tree.get(fault.file, ""))
        except NotPlacedError as error:
            gone += 1
            _say(str(error))
    return int(gone > 0)


def _probe(options: argparse.Namespace) -> int:
    found = measure(load(), _short(options.commit), options.arguments)
    for fault in load():
        fast, every = (len(found.of(fault.id, fast_only=fast)) for fast in (True, False))
        _say(f"{fault.id:18} fast {fast:5} all {every:5}")
    return 0


def _run(options: argparse.Namespace) -> int:
    commit = _short(options.commit)
    measured = path_of(commit)
    if not measured.exists():
        _say(f"No attribution of {commit} exists. Run `python -m scripts.faults probe --commit {commit}` first.")
        return 2
    faults = _only(options.only)
    done = results.run_all(faults, options.which, commit, Attribution.load(measured), jobs=options.jobs, say=_say)
    for kind in sorted({result.kind for result in done}):
        _say(f"{kind}: {sum(result.kind == kind for result in done)}")
    return int(any(result.kind in {"missed", "not run"} for result in done))


def _table(options: argparse.Namespace) -> int:
    notes = json.loads(NOTES.read_text("utf-8")) if NOTES.exists() else {}
    PAGE.write_text(page(load(), results.load(results.path_of(_short(options.commit))), notes), "utf-8")
    return 0


def _only(ids: list[str]) -> list[Fault]:
    faults = load()
    if unknown := set(ids) - {fault.id for fault in faults}:
        raise SystemExit(
            f"No fault has the id {', '.join(sorted(unknown))}. `python -m scripts.faults draw` lists them."
        )
    return [fault for fault in faults if not ids or fault.id in ids]


def _short(commit: str) -> str:
    command = ["git", "rev-parse", "--short=10", commit]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
