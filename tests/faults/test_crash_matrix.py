"""A worker is killed at each point of a run, for each kind of step; DESIGN 5's promises 1, 3, 4, 6 and 12 hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.crash_matrix import PAGE, STAGES, Matrix, Played, everything, matrix_of, page, row
from tests.support.crash_scenarios import BY_NAME
from tests.support.crash_stage import Point, Scenario
from tests.support.processes import Database
from tests.support.servers import Servers

FEW_STAGES = 3
MATCHED: Point = ("match, before its commit", 1)
INTENDED: Point = ("match, after its commit", 1)
ANSWERED: Point = ("call, answered and not taken in", 1)
RECORDED: Point = ("record, before its commit", 1)
EVERYDAY: dict[str, list[Point]] = {
    "post": [("claim, after its commit", 1), MATCHED, INTENDED, ANSWERED, RECORDED],
    "log": [ANSWERED],
    "unsafe": [INTENDED, ANSWERED],
    "compensation": [("call, answered and not taken in", 3)],
    "parent": [("take, before its commit", 1)],
    "event_after": [("match, before its commit", 2)],
    "cancel": [ANSWERED],
}


@pytest.fixture(scope="module")
def few(servers: Servers, template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with matrix_of(servers, template, tmp_path_factory.mktemp("few"), FEW_STAGES) as matrix:
        yield matrix


def broken(played: list[Played]) -> list[str]:
    return [law for one in played for law in one.broken]


def wanted(*names: str) -> list[tuple[Scenario, tuple[Point, ...]]]:
    return [(BY_NAME[name], (point,)) for name in names for point in EVERYDAY[name]]


def test_worker_killed_at_the_points_that_matter_most(few: Matrix) -> None:
    assert broken(few.alone([BY_NAME[name] for name in EVERYDAY])) == []
    played = few.killed(wanted(*EVERYDAY))
    assert broken(played) == []
    written = PAGE.read_text()
    assert [row(one) for one in played if row(one) not in written] == []


def test_frozen_worker_goes_on_too_late(few: Matrix) -> None:
    few.alone([BY_NAME["post"]])
    assert broken(few.frozen([(BY_NAME["post"], (ANSWERED,))])) == []


@pytest.mark.parametrize(
    ("mischief", "point", "law"),
    [
        ("calls_before_intent", MATCHED, "effects were made under a second key"),
        ("trusts_the_lost_call", INTENDED, "effects were lost"),
    ],
)
def test_matrix_finds_what_is_wrong(few: Matrix, mischief: str, point: Point, law: str) -> None:
    few.alone([BY_NAME["post"]])
    (found,) = few.killed([(BY_NAME["post"], (point,))], mischief=mischief)
    assert any(law in one for one in found.broken), found.broken


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whole_matrix(servers: Servers, template: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    with matrix_of(servers, template, tmp_path_factory.mktemp("all"), STAGES) as matrix:
        played = everything(matrix)
    assert broken(played) == []
    assert page(played) == PAGE.read_text(), "python -m tests.support.crash_matrix writes the page anew"
