"""A PostgreSQL of its own, to be crashed and started again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automate.devserver import postgres
from automate.devserver.database_urls import with_parts
from automate.devserver.server import Server
from automate.devserver.servers import ensure_roles
from automate.project import home as homes
from tests.support.processes import Database, migrate


@dataclass
class Cluster:
    home: Path
    server: Server
    database: Database

    def crash(self) -> None:
        """SIGQUIT is the immediate shutdown: no checkpoint, every session cut."""
        self.server.process.send(signal.SIGQUIT)
        assert self.server.process.gone_within(10.0)

    def restart(self) -> None:
        """Recovery, on the same port."""
        port = self.server.port
        self.server = postgres.PROGRAM.start(self.home, lambda _line: None, death_signal=signal.SIGINT)
        assert self.server.port == port


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Started, and migrated with the demo's tenants."""
    home = homes.prepare(folder)
    server = postgres.PROGRAM.start(home, lambda _line: None, death_signal=signal.SIGINT)
    urls = ensure_roles(home, server.url)
    tokens = migrate(home, urls.web_url, urls.admin_url)
    superuser = with_parts(server.url, database="automate")
    cluster = Cluster(home, server, Database(urls.web_url, urls.admin_url, superuser, tokens, urls.app_urls))
    try:
        yield cluster
    finally:
        cluster.server.stop()
