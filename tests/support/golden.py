"""Histories of runs, as a version of the platform wrote them: ``python -m tests.support.golden`` writes those of this one.

A later version must be able to read what an earlier one left half done: each stored move has to stay legal, and to lead
to the same end.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.support.crash_case import Case, Point, Scenario
from tests.support.crash_law import Move, illegal, moves_of
from tests.support.crash_matrix import Fate, Matrix, matrix_of
from tests.support.crash_scenarios import SCENARIOS
from tests.support.databases import make_template
from tests.support.servers import start_servers

FOLDER = Path(__file__).parents[1] / "golden"
ANSWERED: Point = ("call, answered and not recorded", 1)
STAGES = 4
LOST = ("post", "unsafe", "lookup", "compensation", "parent", "cancel", "approval", "expiry_approves", "key")

History = Mapping[str, Any]


def history(case: Case) -> History:
    """What a case's runs went through. Ids are numbers, in the order in which they come."""
    moves = moves_of(case)
    names: dict[str, int] = {}
    for move in moves:
        for known in (move.run, move.who):
            names.setdefault(known, len(names) + 1)
    return {
        "scenario": case.scenario.name,
        "version": version("django-automate"),
        "deaths": case.died,
        "log": [
            {
                "run": names[move.run],
                "who": names[move.who],
                "step_key": move.step,
                "from_state": move.before,
                "to_state": move.after,
            }
            for move in moves
        ],
        "ends": ends_of(moves),
    }


def ends_of(moves: Sequence[Move]) -> list[str]:
    """Where each run and each attempt ended, in the order of their beginnings."""
    stands: dict[str, str] = {}
    for move in moves:
        stands[move.who] = f"{move.step or 'run'} {move.after}"
    return list(stands.values())


def replayed(stored: History) -> tuple[list[str], list[str]]:
    """What the tables of moves have against a stored history, and where it leads."""
    moves = [
        Move(str(row["run"]), str(row["who"]), row["step_key"], row["from_state"], row["to_state"], "")
        for row in stored["log"]
    ]
    return illegal(moves), ends_of(moves)


def stored() -> dict[str, History]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def written(found: History) -> str:
    """One line for each row of the log, for those who compare versions."""
    head = {key: value for key, value in found.items() if key != "log"}
    rows = ",\n".join(f"  {json.dumps(row)}" for row in found["log"])
    return json.dumps(head)[:-1] + ', "log": [\n' + rows + "\n]}\n"


def play(matrix: Matrix, scenarios: Sequence[Scenario]) -> dict[str, History]:
    """Each scenario undisturbed, and some with a worker lost in its first call."""
    lost: list[Fate] = [(scenario, (ANSWERED,)) for scenario in scenarios if scenario.name in LOST]
    undisturbed, disturbed = matrix.alone(scenarios), matrix.killed(*lost)
    return {
        **{one.scenario.name: history(one.case) for one in undisturbed},
        **{f"{one.scenario.name}_lost_worker": history(one.case) for one in disturbed},
    }


def main() -> None:
    os.environ.setdefault("AUTOMATE_SECRET_KEY", "a secret of the golden histories, long enough to sign with")
    home = Path(tempfile.mkdtemp(prefix="automate-golden-"))
    servers = start_servers(home)
    try:
        template = make_template(servers, home / "template")
        with matrix_of(servers, template, home, STAGES) as matrix:
            found = play(matrix, SCENARIOS)
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    for name, one in found.items():
        (FOLDER / f"{name}.json").write_text(written(one))


if __name__ == "__main__":
    main()
