"""The commands that call the API take at most 0.7 s with their answers, and the others 1.2 s: real calls to a real server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.approvals import ask
from tests.support.command_times import COMMAND, OF_CLIENTS, OF_OTHERS, ended, shortest, spent
from tests.support.plane import Plane
from tests.support.tree import ROOT

RUNS = 40
EAGER = "import django; django.setup(); import graphql_schema.schema; from automate.cli import main; main()"
"""The command, with the imports that an eager import of a server's module leads to."""
EXAMPLE = ROOT / "platform" / "automate" / "cli" / "first.yaml"
CURSOR = re.compile(r"--after (\S+)")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installation:
    """A tenant with runs, an approval that waits, and the environment of its commands."""

    plane: Plane
    environ: Mapping[str, str]
    ids: Mapping[str, str]

    def words(self, *words: str) -> list[str]:
        return [self.ids.get(word, word) for word in words]

    def output(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [*COMMAND, *self.words(*words)], env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        return done.stdout

    def elapsed(self, command: Sequence[str], *words: str) -> float:
        return spent([*command, *self.words(*words)], self.environ).elapsed

    def shortest(self, seconds: Callable[[], float], most: float) -> float:
        return shortest(seconds, self.environ, most)

    def tail(self, *words: str, until: str = "") -> tuple[float, str]:
        """The seconds until ``automate tail`` has printed a line with a text and ended, and the cursor of its end."""
        began = time.perf_counter()
        tail = subprocess.Popen(
            [*COMMAND, "tail", *words], env=self.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert tail.stdout is not None
        assert tail.stderr is not None
        with tail:
            assert "Ctrl-C" in tail.stderr.readline()
            if until:
                assert any(until in line for line in tail.stdout)
            tail.send_signal(signal.SIGTERM)
            took = ended(tail, began)
            cursor = CURSOR.search(tail.stderr.read())
        assert cursor is not None
        return took.elapsed, cursor[1]


@pytest.fixture
def installation(web: str, tenant: Any, plane: Plane) -> Installation:
    environ = {
        **os.environ, "AUTOMATE_URL": f"http://{web}", "AUTOMATE_TOKEN": tenant.token,
        "PYTHONPATH": os.pathsep.join(sys.path), "DJANGO_SETTINGS_MODULE": "automate.project.settings",
    }  # fmt: skip
    with acting_for(tenant.ref):
        flow = rows.flow()
        made = [(event, rows.run(flow, event, state="failed")) for event in (rows.event() for _ in range(RUNS))]
        event, run = made[-1]
        ((trace,),) = fetch("SELECT trace_id FROM execution_run WHERE id = %s", [run])
    ask(plane)
    return Installation(plane, environ, {"RUN": str(run), "EVENT": str(event), "TRACE": str(trace)})


CALLS = [
    (["runs", "--limit", "100"], RUNS + 1),
    (["show", "RUN"], 8),
    (["show", "EVENT"], 4),
    (["show", "TRACE"], 2),
    (["approvals"], 1),
    (["explain", "EVENT"], 1),
    (["effects", "RUN"], 1),
    (["export"], 5),
    (["send", "order.created"], 1),
    (["token", "list"], 1),
    (["usage"], 1),
    (["recipes"], 5),
    (["audit", "export"], 1),
]
"""Commands that only call the API, and the least number of lines that they print."""


@pytest.mark.parametrize(("words", "lines"), CALLS, ids=[" ".join(words) for words, _ in CALLS])
def test_command_that_calls_the_api_answers_in_time(installation: Installation, words: list[str], lines: int) -> None:
    assert len(installation.output(*words).splitlines()) >= lines
    took = installation.shortest(lambda: installation.elapsed(COMMAND, *words), OF_CLIENTS)
    assert took <= OF_CLIENTS


def test_tail_shows_what_happened_in_time(installation: Installation) -> None:
    """From its start to its end, with the transitions since a cursor. The last ones name a run by the id that `automate show` takes."""
    _, cursor = installation.tail()
    installation.plane.send({"amount": 7}, kind="ask")
    installation.plane.drain()
    run = str(max(row[0] for row in installation.plane.rows("SELECT id FROM execution_run")))
    assert run in installation.output("show", run)
    took = installation.shortest(lambda: installation.tail("--after", cursor, until=run)[0], OF_CLIENTS)
    assert took <= OF_CLIENTS


OTHERS = [["doctor"], ["test", "CASE"], ["platform-token"], ["vault", "new-key"]]
CASE = f"""
file: {EXAMPLE}
workflow: first
event: {{type: order.created, payload: {{n: 7, total: 250}}}}
answers:
  greet: [output: {{message: Order 7 over 250, level: info}}]
  confirm: [output: {{message: Greeted, level: info}}]
expect: {{run: succeeded}}
"""


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_other_command_ends_in_time(installation: Installation, words: list[str], tmp_path: Path) -> None:
    case = tmp_path / "one.automate.yaml"
    case.write_text(CASE)
    words = [str(case) if word == "CASE" else word for word in words]
    # The servers of tests do not sync their disks, which `doctor` finds.
    assert installation.output(*words, status=int(words == ["doctor"]))
    took = installation.shortest(lambda: installation.elapsed(COMMAND, *words), OF_OTHERS)
    assert took <= OF_OTHERS


def test_eager_import_of_django_takes_too_long(installation: Installation) -> None:
    """The sabotaged twin."""
    took = installation.shortest(lambda: installation.elapsed((sys.executable, "-c", EAGER), "runs"), OF_CLIENTS)
    assert took > OF_CLIENTS
