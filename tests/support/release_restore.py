"""A release's database, restored into a cluster of its own and migrated to this release."""

from __future__ import annotations

import base64
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from automate.devserver import postgres
from automate.devserver.database_urls import with_parts
from automate.kernel.roles import ADMIN_LOGIN as ADMIN
from automate.kernel.roles import SHARED_LOGIN as APP
from automate.project import home as homes
from automate.runs.states import RUN_FINAL
from tests.support.processes import ROOT, TENANT, Database, environ_of
from tests.support.release_dump import server_environ
from tests.support.servers import set_fsync

AGE_SECONDS = 900
"""So long ago the dump was made, for the restored database: everything that waits for a time is due."""

NEXT_TRANSACTION = """
DO $$ BEGIN
  WHILE pg_current_xact_id()::text::bigint <= {transaction} LOOP COMMIT; END LOOP;
END $$
"""
TIMES = """
SELECT format('UPDATE %I.%I SET %s', table_schema, table_name,
              string_agg(format('%1$I = %1$I + %%(by)s', column_name), ', '))
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE data_type = 'timestamp with time zone' AND table_type = 'BASE TABLE'
  AND table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY table_schema, table_name
"""
FINAL_ROWS = """
SELECT 'run', id::text, to_jsonb(r) FROM execution_run r WHERE id = ANY (%(runs)s)
UNION ALL SELECT 'step', id::text, to_jsonb(s) FROM step_run s WHERE run_id = ANY (%(runs)s)
UNION ALL SELECT 'effect', key, to_jsonb(e) FROM effect e WHERE run_id = ANY (%(runs)s)
UNION ALL SELECT 'log', id::text, to_jsonb(l) FROM run_log l WHERE run_id = ANY (%(runs)s) ORDER BY 1, 2
"""
Rows = list[tuple[str, str, dict[str, Any]]]


def row_id(node: str) -> str:
    """The id of the row that a global id names."""
    return base64.b64decode(node).decode().partition(":")[2]


def enter_tenant(connection: psycopg.Connection[Any]) -> None:
    """Read the rows of the tenant that has them all."""
    ((schema,),) = connection.execute(f"SELECT schema_name FROM public.tenant WHERE slug = '{TENANT}'").fetchall()
    connection.execute(f'SET search_path = "{schema}", public')


def final_rows(connection: psycopg.Connection[Any], manifest: Mapping[str, Any]) -> Rows:
    """All rows of the runs that had ended in the release and are not retried: kind, id and columns."""
    runs = [run for run in manifest["runs"] if run["state"] in RUN_FINAL and run["workflow"] != "refused"]
    return connection.execute(FINAL_ROWS, {"runs": [row_id(run["id"]) for run in runs]}).fetchall()


@dataclass(frozen=True)
class Restored:
    """manifest: of the release. final: ``final_rows`` before the migration. superuser_url: of the cluster."""

    manifest: Mapping[str, Any]
    final: Rows
    home: Path
    superuser_url: str
    database: Database

    @property
    def keys(self) -> dict[str, str]:
        keys: dict[str, str] = self.manifest["keys"]
        return keys

    def migrate(self) -> None:
        """Run ``automate migrate`` of this release."""
        urls = {"DATABASE_URL": self.database.app_url, "AUTOMATE_ADMIN_DATABASE_URL": self.database.admin_url}
        command = [sys.executable, "-m", "automate.cli", "migrate"]
        environ = environ_of(self.home, **urls, **self.keys)
        subprocess.run(command, check=True, env=environ, cwd=ROOT, capture_output=True)

    def copy(self, name: str) -> Restored:
        """Another database of the cluster with the same rows. No session may be open."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {ADMIN} TEMPLATE automate")
            connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {APP}")
        found = self.database
        app, admin, superuser = (
            with_parts(url, database=name) for url in (found.app_url, found.admin_url, found.superuser_url)
        )
        return replace(self, database=Database(app, admin, superuser, found.tokens))


@contextmanager
def restored(release: Path, folder: Path) -> Iterator[Restored]:
    """release: a folder of ``tests/upgrades``. The times of all rows are moved, so that the dump is AGE_SECONDS old."""
    manifest = json.loads((release / "manifest.json").read_text())
    home = homes.prepare(folder)
    server = postgres.PROGRAM.start(home, lambda _line: None, death_signal=signal.SIGINT)
    try:
        set_fsync(server.url, on=False)
        _psql(server.url, (release / "roles.sql").read_bytes())
        _psql(server.url, gzip.decompress((release / "database.sql.gz").read_bytes()))
        superuser = with_parts(server.url, database="automate")
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(NEXT_TRANSACTION.format(transaction=manifest["transaction"]))
            _move_times(connection, manifest["dumped_at"])
            enter_tenant(connection)
            final = final_rows(connection, manifest)
        logins = {role: with_parts(superuser, user=role, password=manifest["passwords"][role]) for role in (APP, ADMIN)}
        database = Database(logins[APP], logins[ADMIN], superuser, manifest["tokens"])
        yield Restored(manifest, final, home, server.url, database)
    finally:
        server.stop()


def _psql(url: str, script: bytes) -> None:
    command = [postgres.binary("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname=postgres"]
    done = subprocess.run(command, check=False, input=script, capture_output=True, env=server_environ(url))
    assert done.returncode == 0, done.stderr.decode()


def _move_times(connection: psycopg.Connection[Any], dumped_at: str) -> None:
    """Without the triggers that keep rows from being changed."""
    (by,) = connection.execute(
        "SELECT now() - %s::timestamptz - make_interval(secs => %s)", [dumped_at, AGE_SECONDS]
    ).fetchone() or (None,)
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for (statement,) in connection.execute(TIMES).fetchall():
            connection.execute(statement, {"by": by})
