"""One embedded PostgreSQL and one Valkey for a test session, with the separate database roles that production has.

They end with the process that started them, so that a killed test session leaves nothing behind.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from automate.project.local import home as homes
from automate.project.local import servers as local

SECONDS = 10.0


@dataclass
class Servers:
    """app_url and admin_url name the first database, ``automate``; superuser_url is for faults that no role may cause."""

    home: Path
    app_url: str
    admin_url: str
    redis_url: str
    superuser_url: str
    running: local.Servers

    def new_database(self, name: str) -> tuple[str, str]:
        """Another empty database of the cluster, as ``(app_url, admin_url)``; the roles and passwords are the same."""
        urls = local.ensure_roles(self.home, self.superuser_url, database=name)
        return urls.app_url, urls.admin_url

    def stop(self) -> None:
        self.running.stop()


def start_servers(home: Path) -> Servers:
    """Servers of our own, whatever ``DATABASE_URL`` says: tests break them on purpose."""
    running = local.start(homes.prepare(home), {}, lambda _line: None, death_signal=signal.SIGINT)
    superuser = running.embedded[0].url
    set_fsync(superuser, on=False)
    return Servers(home, running.app_url, running.admin_url, running.redis_url, superuser, running)


def set_fsync(superuser_url: str, *, on: bool) -> None:
    """Of a whole cluster, from the next connection on.

    Tests do without. What a process has written outlives it, and so all that is killed here; fsync is for the fall of the
    machine, which no test brings about, and waiting for the disk took a quarter of their time.
    """
    value = "on" if on else "off"
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET fsync = {}").format(sql.Identifier(value)))
        connection.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + SECONDS
    while True:
        with psycopg.connect(superuser_url) as connection:
            if connection.execute("SHOW fsync").fetchone() == (value,):
                return
        assert time.monotonic() < until, f"fsync is not {value} after {SECONDS:g} s"
