"""``automate migrate`` as an operator runs it: killed in the middle, asked for the status meanwhile, and run again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from automate.devserver.database_urls import with_parts
from automate.project import home as homes
from tests.support.facts import naming
from tests.support.later_release import PACKAGE, write
from tests.support.processes import ROOT, environ_of, migrate
from tests.support.servers import Servers

pytestmark = pytest.mark.slow

SETTINGS = f"from automate.project.settings import *\nMIGRATION_MODULES = {{'audit': '{PACKAGE}'}}\n"
ADD = "ALTER TABLE execution_run ADD COLUMN later integer"
SCHEMAS = "SELECT slug, schema_name FROM tenant ORDER BY schema_name"
WAITS = "SELECT 1 FROM pg_stat_activity WHERE query LIKE %s AND wait_event_type = 'Lock'"
LEFT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SECONDS = 120


@dataclass
class Installation:
    """A database with the demo's two tenants, and the settings of a later release with one more migration."""

    environ: dict[str, str]
    superuser: psycopg.Connection

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "automate.cli", "migrate", *options]

    def run(self, *options: str) -> tuple[int, str]:
        done = subprocess.run(
            self.command(*options),
            check=False,
            env=self.environ,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    def until(self, statement: str, *parameters: object, found: object) -> None:
        deadline = time.monotonic() + SECONDS
        while (rows := self.superuser.execute(statement, parameters or None).fetchall()) != found:
            assert time.monotonic() < deadline, rows
            time.sleep(0.02)


@pytest.fixture
def later(servers: Servers, tmp_path: Path) -> Iterator[Installation]:
    app_url, admin_url = servers.new_database("migrated_by_hand")
    home = homes.prepare(tmp_path / "home")
    migrate(home, app_url, admin_url)
    write(tmp_path / "later", ADD)
    (tmp_path / "later" / "later_settings.py").write_text(SETTINGS)
    urls = {"DATABASE_URL": app_url, "AUTOMATE_ADMIN_DATABASE_URL": admin_url, "COLUMNS": "200"}
    environ = environ_of(home, **urls, DJANGO_SETTINGS_MODULE="later_settings")
    environ["PYTHONPATH"] += f":{tmp_path / 'later'}"
    superuser = with_parts(servers.superuser_url, database="migrated_by_hand")
    with psycopg.connect(superuser, autocommit=True) as session:
        yield Installation(environ, session)


def test_killed_migration_shows_its_status_and_continues(later: Installation) -> None:
    (done, done_schema), (behind, schema) = later.superuser.execute(SCHEMAS).fetchall()
    code, said = later.run("--status")
    assert code == 1
    assert [row.split()[:2] for row in said.splitlines()[:-1]] == [
        ["(all", "tenants)"],
        [done, done_schema],
        [behind, schema],
    ]
    with psycopg.connect(later.superuser.info.dsn, password=later.superuser.info.password) as reader:
        reader.execute(f"LOCK TABLE {schema}.execution_run IN ACCESS SHARE MODE")
        migration = subprocess.Popen(
            later.command("--sessions", "2"), env=later.environ, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        later.until(WAITS, f"%{ADD}%", found=[(1,)])
        waiting = later.run("--status")
        assert waiting == (1, naming(behind, schema, "1 migration", "2 of 3"))
        assert done_schema not in waiting[1]
        migration.send_signal(signal.SIGKILL)
        assert migration.wait(SECONDS) == -signal.SIGKILL
        assert later.run("--status") == waiting
    code, said = later.run()
    assert (code, said) == (0, naming("3 schemas"))
    assert later.run("--status") == (0, naming("3 of 3"))
