"""kill -9 of web during ingest: a 202 means that the event is there, and a sender that tries again starts nothing twice."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.conftest import MakeScene
from tests.support.books import assert_exact

EVENTS = 600
KILL_AT = (100, 250, 400)


@pytest.mark.long
@pytest.mark.slow
def test_killed_web_keeps_every_accepted_event(make_scene: MakeScene) -> None:
    scene = make_scene()
    platform = scene.platform
    platform.start("relay")
    platform.start_all("worker")
    senders = scene.senders(patience_seconds=60).begin(range(EVENTS))
    for accepted in KILL_AT:
        senders.wait_accepted(accepted)
        platform.kill("web")
        assert {answer.event_id for answer in list(senders.accepted)} <= set(
            map(str, scene.books.column("SELECT id FROM event"))
        )
        platform.start("web")
    senders.join()
    scene.books.await_settled(EVENTS)
    assert_exact(scene.books, senders, scene.receiver, EVENTS)
    assert scene.receiver.repeated() == set()
    assert len(senders.accepted) == EVENTS
    assert len(senders.refused) >= len(KILL_AT)
    outcomes = Counter(answer.outcome for answer in senders.accepted)
    assert set(outcomes) <= {"NEW", "DUPLICATE"}
    # What was committed and not answered is a duplicate when it comes again.
    assert outcomes["DUPLICATE"] == scene.books.count("SELECT count(*) FROM delivery WHERE outcome = 'DUPLICATE'")
