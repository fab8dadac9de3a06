"""Eight processes race for the last decision on an approval: it ends once, whoever wins, and its run proceeds once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automate.kernel.roles import WEB_LOGIN
from automate.runs.approvals.queries import ApprovalRow
from tests.support.approvals import APPROVED, REJECTED, ask, audited, decisions, now_of, person, say
from tests.support.people import Person, new_member
from tests.support.plane import Plane

RACER = "tests.support.approval_racer"
RACERS, QUORUM, ROUNDS = 8, 2, 3
pytestmark = pytest.mark.slow


@pytest.fixture
def members(plane: Plane) -> list[Person]:
    return [new_member(plane.tenant, "owner") for _ in range(RACERS)]


@pytest.fixture
def race(servers: Any, plane: Plane, members: list[Person]) -> Iterator[Callable[..., Counter[str]]]:
    """Outcomes of the processes, when all of them were ready before any began. outcomes: of each, by its number."""
    environment = {**os.environ, "DATABASE_URL": servers.login_urls[WEB_LOGIN], "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("AUTOMATE_ADMIN_DATABASE_URL", None)
    running: list[subprocess.Popen[str]] = []

    def run(approval: ApprovalRow, mode: str, outcome: Callable[[int], str]) -> Counter[str]:
        about = [str(approval.id), approval.shown_sha256]
        started = [
            subprocess.Popen(
                [sys.executable, "-m", RACER, mode, str(plane.tenant.id), str(one.id), *about, outcome(number)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, one in enumerate(members)
        ]
        running.extend(started)
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return Counter(process.communicate(timeout=60)[0].strip() for process in started)

    yield run
    for process in running:
        process.kill()
        process.communicate()


def asked(plane: Plane, round_: int = 0) -> ApprovalRow:
    """An approval that lacks one decision of its quorum."""
    approval = ask(plane, slug=f"race-{round_}", quorum=QUORUM)
    say(plane, approval, person("the first"))
    return approval


def made(plane: Plane, approval: ApprovalRow) -> list[str]:
    rows = plane.rows("SELECT outcome FROM approval_decision WHERE approval_id = %s ORDER BY at, id", approval.id)
    return [outcome for (outcome,) in rows]


def test_one_of_eight_processes_decides_last(plane: Plane, race: Callable[..., Counter[str]]) -> None:
    approval = asked(plane)
    assert race(approval, "sound", lambda _: APPROVED) == {"done": 1, "CONFLICT": RACERS - 1}
    assert (now_of(plane, approval).state, len(decisions(plane)), len(audited(plane))) == ("approved", QUORUM, QUORUM)
    plane.drain()
    assert plane.runs()[0][0] == "succeeded"
    assert plane.rows("SELECT count(*) FROM step_run WHERE key = 'after'") == [(1,)]


def test_approvals_and_rejections_of_eight_processes_come_to_one_end(
    plane: Plane, race: Callable[..., Counter[str]]
) -> None:
    approval = asked(plane)
    outcomes = race(approval, "sound", lambda number: APPROVED if number % 2 else REJECTED)
    assert outcomes == {"done": 1, "CONFLICT": RACERS - 1}
    last = made(plane, approval)[-1]
    assert now_of(plane, approval).state == last
    plane.drain()
    assert plane.runs()[0][0] == ("succeeded" if last == APPROVED else "failed")


def test_condition_of_the_last_statement_alone_keeps_one_end(plane: Plane, race: Callable[..., Counter[str]]) -> None:
    """Without the lock all processes pass the check together, and the database refuses all but one."""
    approval = asked(plane)
    assert race(approval, "unlocked", lambda _: APPROVED) == {"done": 1, "CONFLICT": RACERS - 1}
    assert len(made(plane, approval)) == QUORUM


def test_race_without_lock_and_condition_is_found_out(plane: Plane, race: Callable[..., Counter[str]]) -> None:
    """The sabotaged twin: in one of a few races several processes decide last."""
    for round_ in range(ROUNDS):
        approval = asked(plane, round_)
        outcomes = race(approval, "sabotaged", lambda number: APPROVED if number % 2 else REJECTED)
        if outcomes["done"] > 1 or len(made(plane, approval)) > QUORUM:
            return
    pytest.fail("the race was never lost")
