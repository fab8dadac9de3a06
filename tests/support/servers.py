"""One embedded PostgreSQL and one Valkey for a test session, with the separate database roles that production has.

They end with the process that started them, so that a killed test session leaves nothing behind.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from automate.devserver import servers as local
from automate.devserver.database_urls import with_parts
from automate.kernel.roles import ADMIN_LOGIN, LOGIN_ATTRIBUTES, PLATFORM_ROLE, SHARED_LOGIN
from automate.project import home as homes

SECONDS = 10.0
SHARED_PASSWORD = "shared by all processes"


@dataclass
class Servers:
    """The URLs name the first database, ``automate``. app_url: of the one login of older installations, which may act as
    web, relay and worker; tests in one process need that. login_urls: by the login of each process. superuser_url: for faults
    that no role may cause.
    """

    home: Path
    app_url: str
    login_urls: Mapping[str, str]
    admin_url: str
    redis_url: str
    superuser_url: str
    running: local.Servers

    def new_database(self, name: str) -> tuple[str, str]:
        """Another empty database of the cluster, as ``(app_url, admin_url)``; the roles and passwords are the same."""
        urls = local.ensure_roles(self.home, self.superuser_url, database=name)
        return shared_login(self.superuser_url, name), urls.admin_url

    def logins_of(self, database: str) -> dict[str, str]:
        """The URLs of each process's login in another database of the cluster."""
        return {login: with_parts(url, database=database) for login, url in self.login_urls.items()}

    def stop(self) -> None:
        self.running.stop()


def start_servers(home: Path) -> Servers:
    """Servers of our own, whatever ``DATABASE_URL`` says: tests break them on purpose."""
    running = local.start(homes.prepare(home), {}, lambda _line: None, death_signal=signal.SIGINT)
    superuser = running.embedded[0].url
    set_fsync(superuser, on=False)
    app_url, found = shared_login(superuser, "automate"), running.database
    return Servers(home, app_url, found.app_urls, found.admin_url, running.redis_url, superuser, running)


def shared_login(superuser_url: str, database: str) -> str:
    """The URL of the one login that older installations have, in a database. Makes the login where it is missing."""
    with psycopg.connect(with_parts(superuser_url, database=database), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [SHARED_LOGIN]).fetchone() is None:
            connection.execute(f"CREATE ROLE {SHARED_LOGIN} {LOGIN_ATTRIBUTES} PASSWORD '{SHARED_PASSWORD}'")
        connection.execute(f"GRANT {PLATFORM_ROLE} TO {SHARED_LOGIN}")
        connection.execute(f"GRANT {SHARED_LOGIN} TO {ADMIN_LOGIN} WITH ADMIN OPTION")
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(*map(sql.Identifier, (database, SHARED_LOGIN)))
        )
    return with_parts(superuser_url, user=SHARED_LOGIN, password=SHARED_PASSWORD, database=database)


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
