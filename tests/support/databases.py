"""A migrated database, and copies of it: each is a platform's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg

from automate.devserver.database_urls import with_parts
from automate.project import home as homes
from tests.support.processes import Database, migrate
from tests.support.servers import Servers

TEMPLATE = "faults"
_copies = count(1)


def make_template(servers: Servers, home: Path) -> Database:
    """A migrated database that copies are made of. Nobody may be connected to it while one is made."""
    app_url, admin_url = servers.new_database(TEMPLATE)
    tokens = migrate(homes.prepare(home), app_url, admin_url)
    superuser_url = with_parts(servers.superuser_url, database=TEMPLATE)
    return Database(app_url, admin_url, superuser_url, tokens, servers.logins_of(TEMPLATE))


@contextmanager
def copied(template: Database, servers: Servers) -> Iterator[Database]:
    """A copy, until the block ends."""
    name = f"{TEMPLATE}_{next(_copies)}"
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        app_url, admin_url = servers.new_database(name)
        superuser_url = with_parts(servers.superuser_url, database=name)
        yield replace(
            template,
            app_url=app_url,
            admin_url=admin_url,
            superuser_url=superuser_url,
            login_urls=servers.logins_of(name),
        )
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
