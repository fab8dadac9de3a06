"""A worker is killed at each point of a run, for each kind of step; promises 1, 3, 4, 6 and 12 of docs/guarantees.md hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

import pytest

from scripts.crash_matrix_page import FROZE, RECORD, lines, page, recorded
from tests.support.crash_case import Point
from tests.support.crash_matrix import (
    STAGES,
    Matrix,
    Played,
    Twin,
    as_written,
    everything,
    matrix_of,
    most_dangerous,
    row,
)
from tests.support.crash_scenarios import BY_NAME
from tests.support.processes import ROOT, Database
from tests.support.servers import Servers

FEW_STAGES = 3
MATCHED: Point = ("match, before its commit", 1)
INTENDED: Point = ("match, after its commit", 1)
ANSWERED: Point = ("call, answered and not recorded", 1)
RECORDED: Point = ("record, before its commit", 1)
CLAIMED: Point = ("claim, after its commit", 1)
TWINS = (
    Twin("calls_before_intent", "post", MATCHED, "effects were made under a second key"),
    Twin("trusts_the_lost_call", "post", INTENDED, "effects were lost"),
    Twin("ignores_the_fence", "post", CLAIMED, "effects were made under a second key", how=FROZE),
    Twin("ignores_the_fence", "log", CLAIMED, "runs end", how=FROZE),
    Twin("repeats_in_silence", "post", ANSWERED, "and 0 steps say so"),
    Twin("repeats_the_unsafe", "unsafe", ANSWERED, "an effect was repeated 1 times by 1 deaths"),
    Twin("repeats_before_it_asks", "lookup", ANSWERED, "an effect was repeated 1 times by 1 deaths"),
    Twin("repeats_the_unsafe", "mail", ANSWERED, "an effect was repeated 1 times by 1 deaths"),
    Twin("repeats_before_it_asks", "slack", ANSWERED, "an effect was repeated 1 times by 1 deaths"),
    Twin("keys_each_call_anew", "webhook", ANSWERED, "effects were made under a second key"),
    Twin("keys_each_call_anew", "graphql", ANSWERED, "effects were made under a second key"),
    Twin("keeps_the_slot", "post", MATCHED, "a budget's slot is still held"),
    Twin("spends_twice", "post", ANSWERED, "1 runs have spent 2 of the budget of runs"),
    Twin("logs_out_of_order", "post", MATCHED, "the feed has"),
    Twin("logs_half", "post", MATCHED, "succeeded follows nothing"),
    Twin("forgets_the_key", "replayed", ("replays, after its commit", 1), "effects were made under a second key"),
    Twin("ends_in_silence", "expiry_rejects", MATCHED, "the approval is pending"),
)
KINDS = (
    *(
        "post",
        "log",
        "unsafe",
        "lookup",
        "mail",
        "slack",
        "webhook",
        "graphql",
        "emit",
        "delay",
        "event_before",
        "parent",
    ),
    *("for_each", "fail", "approval", "slot"),
)
"""A scenario for each kind of step. The fast tests kill their workers at the five most dangerous points."""


@pytest.fixture(scope="module")
def few(servers: Servers, template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with matrix_of(servers, template, tmp_path_factory.mktemp("few"), FEW_STAGES) as matrix:
        yield matrix


def broken(played: list[Played]) -> list[str]:
    return [law for one in played for law in one.broken]


def test_worker_killed_at_the_points_that_matter_most(few: Matrix) -> None:
    assert broken(few.alone([BY_NAME[name] for name in KINDS])) == []
    points = [(BY_NAME[name], point) for name in KINDS for point in most_dangerous(few.points(BY_NAME[name]))]
    played = few.killed(*((scenario, (point,)) for scenario, point in points))
    assert len(played) == 5 * len(KINDS)
    assert broken(played) == []
    known = {(one.point, one.repeated, one.uncertain, one.ends) for one in recorded()}
    found = map(row, played)
    assert [one for one in found if (one.point, one.repeated, one.uncertain, one.ends) not in known] == []


@pytest.mark.slow
def test_frozen_worker_goes_on_too_late(few: Matrix) -> None:
    few.alone([BY_NAME["post"]])
    assert broken(few.frozen((BY_NAME["post"], (ANSWERED,)))) == []


@pytest.fixture(scope="module")
def found(few: Matrix) -> dict[Twin, Played]:
    """What the matrix says of each twin; they are played side by side."""
    few.alone([BY_NAME[name] for name in sorted({twin.scenario for twin in TWINS})])
    return dict(zip(TWINS, few.sabotaged(TWINS), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.mischief}: {twin.law}")
def test_matrix_finds_what_is_wrong(found: dict[Twin, Played], twin: Twin) -> None:
    assert any(twin.law in one for one in found[twin].broken), found[twin].broken


def test_each_row_of_the_page_has_a_place_of_its_own() -> None:
    """Lines are compared by kind, title and point, because threads of a worker pass their points in either order."""
    rows = recorded()
    assert len(rows) > 900
    assert len({one.place for one in rows}) == len(rows)


def test_page_shows_each_line_of_the_record() -> None:
    shown = [line for line in page().splitlines() if line.startswith("| ") and not line.startswith("| at |")]
    assert shown == [f"| {one.point} | {one.repeated} | {one.uncertain} | {one.ends} |" for one in recorded()]


def test_every_mischief_is_played() -> None:
    source = (ROOT / "tests" / "support" / "crash_mischief.py").read_text()
    assert {twin.mischief for twin in TWINS} == set(re.findall(r"^def (\w+)", source, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
def test_whole_matrix(servers: Servers, template: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    with matrix_of(servers, template, tmp_path_factory.mktemp("all"), STAGES) as matrix:
        played = as_written(matrix, everything(matrix), recorded())
    assert broken(played) == []
    # If they differ on purpose, write the record again with ``python -m tests.support.crash_matrix``.
    was, now = lines(recorded()), lines(map(row, played))
    assert list(unified_diff(was, now, RECORD.name, "what was played", lineterm="", n=0)) == []
