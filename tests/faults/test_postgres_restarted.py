"""PostgreSQL ended in immediate mode under load, as by a crash: what it confirmed is there, and all processes come back."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from automate.project.local import home as homes
from automate.project.local import postgres
from automate.project.local.roles import with_parts
from automate.project.local.server import Server
from automate.project.local.servers import ensure_roles
from tests.faults.conftest import Scene
from tests.support.books import Books, assert_exact
from tests.support.processes import RECOVERY_SECONDS, Database, migrate

EVENTS = 500
CRASH_AT = (120, 320)


@dataclass
class Cluster:
    home: Path
    server: Server
    database: Database

    def crash_and_restart(self) -> None:
        """SIGQUIT is the immediate shutdown: no checkpoint, every session cut; then recovery, on the same port."""
        self.server.process.send(signal.SIGQUIT)
        assert self.server.process.gone_within(10.0)
        port = self.server.port
        self.server = postgres.start(self.home, lambda _line: None, death_signal=signal.SIGINT)
        assert self.server.port == port


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    home = homes.prepare(tmp_path / "cluster")
    server = postgres.start(home, lambda _line: None, death_signal=signal.SIGINT)
    urls = ensure_roles(home, server.url)
    tokens = migrate(home, urls.app_url, urls.admin_url)
    made = Cluster(
        home, server, Database(urls.app_url, urls.admin_url, with_parts(server.url, database="automate"), tokens)
    )
    yield made
    made.server.stop()


def _none_in(keys: frozenset[str], books: Books) -> bool:
    return keys.isdisjoint(books.intents())


@pytest.mark.slow
def test_crashed_postgres_loses_nothing_it_confirmed(stage: Callable[..., Scene], cluster: Cluster) -> None:
    scene = stage(cluster.database, delay_seconds=0.05)
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    platform.start("relay")
    platform.start_all("worker", "worker-2")
    senders = scene.senders(patience_seconds=60).begin(range(EVENTS))
    for accepted in CRASH_AT:
        senders.wait_accepted(accepted)
        receiver.wait(lambda: len(receiver.held()) > 0, "calls to be under way")
        cluster.crash_and_restart()
        doubtful = frozenset(books.intents())
        platform.until(partial(_none_in, doubtful, books), RECOVERY_SECONDS, "the calls to be settled")
    senders.join()
    books.await_settled(EVENTS)
    assert_exact(books, senders, receiver, EVENTS)
    assert senders.refused
    for name in ("web", "relay", "worker", "worker-2"):
        assert platform.returncode(name) is None, f"{name} did not outlive Postgres: {platform.tail(name)}"
