"""Histories that an earlier version wrote stay legal, and lead to the same ends."""

from __future__ import annotations

import pytest

from automate.runs import states
from tests.support.golden import FOLDER, replayed, stored

HISTORIES = stored()


@pytest.mark.parametrize("name", HISTORIES)
def test_stored_history_replays(name: str) -> None:
    wrong, ends = replayed(HISTORIES[name])
    assert wrong == []
    assert ends == HISTORIES[name]["ends"]


def test_there_are_histories_of_each_kind() -> None:
    from tests.support.crash_scenarios import BY_NAME

    assert {history["scenario"] for history in HISTORIES.values()} == set(BY_NAME), f"see {FOLDER.name}"


def test_table_that_lost_a_move_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {**states.RUN_MOVES, states.RUNNING: states.RUN_MOVES[states.RUNNING] - {states.WAITING}}
    monkeypatch.setattr(states, "RUN_MOVES", without)
    broken = {name for name, history in HISTORIES.items() if replayed(history)[0]}
    assert {"delay", "event_after", "retry"} <= broken < set(HISTORIES)


def test_state_that_was_renamed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = {state: nexts for state, nexts in states.STEP_MOVES.items() if state != states.UNCERTAIN}
    monkeypatch.setattr(states, "STEP_MOVES", renamed)
    assert {name for name, history in HISTORIES.items() if replayed(history)[0]} >= {"post_lost_worker"}
