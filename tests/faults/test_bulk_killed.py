"""kill -9 of a worker in a bulk operation: it goes on where it was, and does no item twice and none not at all."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import RECOVERY_SECONDS

EVENTS = 24
START = """mutation($input: StartBulkOperationInput!) { startBulkOperation(input: $input) { errors { code message details } } }"""


def _scenario(scene: Scene, sabotage: str) -> None:
    platform, books, receiver = scene.platform, scene.books, scene.receiver
    platform.start("relay")
    platform.keep("worker", sabotage=sabotage)
    scene.senders().begin(range(EVENTS)).join()
    books.await_settled(EVENTS)
    platform.mutate(START, {"kind": "REPLAY", "events": {"source": "shop"}, "rate": 10})
    ended = "SELECT count(*) FROM bulk_operation WHERE finished_at IS NOT NULL"
    platform.until(lambda: books.count(ended) == 1, 4 * RECOVERY_SECONDS, "the operation to end")
    platform.until(lambda: open_jobs(scene) == 0, 20, "its runs to end")
    assert platform.deaths == {"worker": 2}
    items = Counter(books.column("SELECT item_id FROM bulk_item WHERE outcome = 'done'"))
    assert set(items.values()) == {1}
    assert set(items) == set(books.column("SELECT id FROM event"))
    assert books.rows("SELECT state, total, done, skipped, refused FROM bulk_operation") == [
        ("finished", EVENTS, EVENTS, 0, 0)
    ]
    assert Counter(books.column("SELECT event_id FROM execution_run")) == Counter(dict.fromkeys(items, 2))
    assert set(Counter(call.number for call in receiver.calls).values()) == {2}


def open_jobs(scene: Scene) -> int:
    return scene.books.count("SELECT count(*) FROM outbox_job WHERE open")


@pytest.mark.slow
def test_killed_worker_leaves_a_chunk_done_whole_or_not_at_all(make_scene: MakeScene) -> None:
    _scenario(make_scene(), "worker_dies_in_bulk")


@pytest.mark.slow
def test_chunk_of_two_commits_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: what the first worker did is done once more."""
    with pytest.raises(AssertionError, match="Counter"):
        _scenario(make_scene(), "worker_dies_in_bulk_of_two_commits")
