"""A change of a rule is in force in every worker at once: each reads the version of the rules with the events themselves."""

from __future__ import annotations

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import SAVE_RULE, WORKFLOW

EVENTS, MOST = 60, 360
MATCHED = "SELECT count(*) FROM rule_match"
LEFT = "SELECT count(*) FROM outbox_job WHERE open"
RUNS = "SELECT count(*) FROM execution_run"
WORKERS = ("worker", "worker-2")


def _save(scene: Scene, kind: str) -> None:
    when = {"==": [{"var": "type"}, kind]}
    scene.platform.mutate(SAVE_RULE, {"slug": "orders", "name": "Orders", "workflow": WORKFLOW, "when": when})


def _change(scene: Scene, *, sabotage: str = "") -> None:
    """Both workers know the rule; it is changed; what comes soon later, and all at once, is theirs to match."""
    platform, books = scene.platform, scene.books
    platform.start("relay")
    for name in WORKERS:
        platform.start(name, sabotage=sabotage if name == WORKERS[1] else "")
        platform.await_ready(name)
    scene.receiver.hold()
    first = 0
    while not all(map(scene.calls_of, WORKERS)):
        # One of them may be so quick that it leaves nothing for the other.
        assert first < MOST, "both workers match"
        scene.senders().begin(range(first, first + EVENTS)).join()
        first += EVENTS
        platform.until(lambda: len(scene.receiver.held()) == first, 60, "every call to be under way")  # noqa: B023 - asked at once
    scene.receiver.release()
    books.await_settled(first)
    assert books.count(RUNS) == first
    _save(scene, "order.paid")
    scene.senders().begin(range(first, first + EVENTS)).join()
    platform.until(lambda: books.count(MATCHED) == first + EVENTS and books.count(LEFT) == 0, 60, "all to be matched")
    assert books.count(RUNS) == first, "an event was matched by a rule that was gone"
    _save(scene, "order.created")
    scene.senders().begin(range(first + EVENTS, first + 2 * EVENTS)).join()
    platform.until(
        lambda: books.count(MATCHED) == first + 2 * EVENTS and books.count(LEFT) == 0, 60, "all to be matched"
    )
    assert books.count(RUNS) == first + EVENTS, "an event was not matched by a rule that was in force"


@pytest.mark.slow
def test_every_worker_matches_by_the_rule_that_was_saved_last(make_scene: MakeScene) -> None:
    _change(make_scene())


@pytest.mark.slow
def test_worker_that_keeps_its_rules_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: one of the two reads them once."""
    with pytest.raises(AssertionError, match="was gone"):
        _change(make_scene(), sabotage="worker_keeps_its_rules")
