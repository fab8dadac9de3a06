"""kill -9 of a worker in a backtest: it goes on where it was, and counts no event twice and none not at all."""

from __future__ import annotations

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import RECOVERY_SECONDS

EVENTS = 24
START = """mutation($input: BacktestRuleInput!) { backtestRule(input: $input) { errors { code message details } } }"""
FIRST = {"===": [{"var": "payload.n"}, 0]}
"""Which is tested last, as it came first."""


def _scenario(scene: Scene, sabotage: str, deaths: int) -> None:
    platform, books = scene.platform, scene.books
    platform.start("relay")
    platform.keep("worker", sabotage=sabotage)
    for number in range(EVENTS):
        scene.senders().begin([number]).join()
    books.await_settled(EVENTS)
    runs = books.count("SELECT count(*) FROM execution_run")
    platform.mutate(START, {"when": FIRST, "events": {"source": "shop"}})
    ended = "SELECT count(*) FROM backtest WHERE finished_at IS NOT NULL"
    platform.until(lambda: books.count(ended) == 1, 4 * RECOVERY_SECONDS, "the backtest to end")
    assert platform.deaths == {"worker": deaths}
    assert books.rows("SELECT state, total, tested, tally FROM backtest") == [
        ("finished", EVENTS, EVENTS, {"matched": {"": 1}, "unmatched": {"": EVENTS - 1}})
    ]
    assert books.count("SELECT count(*) FROM backtest_sample") == 11
    assert books.count("SELECT count(*) FROM execution_run") == runs


@pytest.mark.slow
def test_killed_worker_leaves_each_event_counted_once(make_scene: MakeScene) -> None:
    _scenario(make_scene(), "worker_dies_in_backtest", 2)


@pytest.mark.slow
def test_chunk_of_two_commits_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: what the first worker counted is counted once more, and the last event never."""
    with pytest.raises(AssertionError, match="unmatched"):
        _scenario(make_scene(), "worker_counts_a_backtest_in_two_commits", 1)
