"""PostgreSQL ended in immediate mode under load, as by a crash: what it confirmed is there, and all processes come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conftest import CALLS_INSIDE, Scene
from tests.support.books import Books, assert_exact
from tests.support.clusters import Cluster, running_cluster
from tests.support.processes import RECOVERY_SECONDS

EVENTS = 500
CRASHES = 2
LEAD = 60
"""Enough to keep every thread of the workers inside a call."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path / "cluster") as made:
        yield made


def _none_in(keys: frozenset[str], books: Books) -> bool:
    return keys.isdisjoint(books.intents())


@pytest.mark.slow
def test_crashed_postgres_loses_nothing_it_confirmed(stage: Callable[..., Scene], cluster: Cluster) -> None:
    scene = stage(cluster.database, delay_seconds=0.05)
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    platform.start("relay")
    platform.start_all("worker", "worker-2")
    senders = scene.senders(patience_seconds=60)
    for crash in range(CRASHES):
        first, last = EVENTS * crash // CRASHES, EVENTS * (crash + 1) // CRASHES
        receiver.hold()
        senders.begin(range(first, first + LEAD)).join()
        receiver.wait(lambda: len(receiver.held()) >= CALLS_INSIDE, "calls to be under way")
        senders.begin(range(first + LEAD, last))
        senders.wait_accepted(first + LEAD + 1)
        cluster.crash()
        assert len(senders.accepted) < last, "the crash came after the load"
        if crash == 0:
            # These answers reach their workers while there is no database to write them to.
            receiver.release()
        cluster.restart()
        doubtful = frozenset(books.intents())
        receiver.release()
        assert len(doubtful) >= CALLS_INSIDE
        platform.until(partial(_none_in, doubtful, books), RECOVERY_SECONDS, "the calls to be settled")
        senders.join()
    books.await_settled(EVENTS)
    assert_exact(books, senders, receiver, EVENTS)
    for name in ("web", "relay", "worker", "worker-2"):
        assert platform.returncode(name) is None, f"{name} did not outlive Postgres: {platform.tail(name)}"
