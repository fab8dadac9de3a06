"""kill -9 of a worker that indexes stored events: it goes on where it was, and each event has its values once."""

from __future__ import annotations

import pytest

from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import RECOVERY_SECONDS

EVENTS = 24
SAVE = """mutation($input: SaveEventTypeInput!) { saveEventType(input: $input) { errors { code message details } } }"""
KEYS = [{"name": "number", "expression": "payload.n"}]


def _scenario(scene: Scene, sabotage: str, deaths: int) -> None:
    platform, books = scene.platform, scene.books
    platform.start("relay")
    platform.keep("worker", sabotage=sabotage)
    for number in range(EVENTS):
        scene.senders().begin([number]).join()
    books.await_settled(EVENTS)
    platform.mutate(SAVE, {"name": "order.created", "searchKeys": KEYS})
    ended = "SELECT count(*) FROM event_reindex WHERE finished_at IS NOT NULL"
    platform.until(lambda: books.count(ended) == 1, 4 * RECOVERY_SECONDS, "the events to be indexed")
    assert platform.deaths == {"worker": deaths}
    assert books.rows("SELECT done, total FROM event_reindex") == [(EVENTS, EVENTS)]
    values = books.count("SELECT count(DISTINCT digest) FROM event_search")
    indexed = books.count("SELECT count(*) FROM event_search")
    assert (values, indexed) == (EVENTS, EVENTS), "each event has its value once"


@pytest.mark.slow
def test_killed_worker_leaves_each_event_indexed(make_scene: MakeScene) -> None:
    _scenario(make_scene(), "worker_dies_in_index", 2)


@pytest.mark.slow
def test_chunk_of_two_commits_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: the work moves on past an event that has no values."""
    with pytest.raises(AssertionError, match="its value once"):
        _scenario(make_scene(), "worker_indexes_in_two_commits", 1)
