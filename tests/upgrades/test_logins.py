"""An installation with one login for all processes gets a login for each of them, by doctor's statements and while it works."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from automate.devserver.database_urls import with_parts
from automate.kernel.roles import PLATFORM_ROLE, SHARED_LOGIN, TAKEN_BY, VARIABLE_OF
from tests.support.doctor import advice
from tests.support.processes import ROOT, TENANT, Platform, environ_of
from tests.support.release_checks import failed
from tests.support.release_receiver import outside
from tests.support.release_restore import Restored, restored
from tests.support.release_upgrade import Upgraded
from tests.support.releases import releases

pytestmark = pytest.mark.slow

PASSWORD = "a password of its own"
OLD_STATEMENTS = (
    "SELECT id, name, role FROM api_token WHERE digest = '' AND revoked_at IS NULL",
    "INSERT INTO api_token (id, name, prefix, digest, role, created_at) VALUES (gen_random_uuid(), 'old', '', 'old', 'platform', now())",
    "UPDATE api_token SET revoked_at = now() WHERE name = 'old'",
    "UPDATE tenant SET name = name",
    "INSERT INTO spare_demand (id, wanted, asked_at) VALUES (1, 1, now()) ON CONFLICT (id) DO UPDATE SET asked_at = now()",
    "DELETE FROM spare_demand",
    (
        "INSERT INTO platform_audit_entry (id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_label,"
        " changes, trace_id, hash) VALUES (gen_random_uuid(), now(), 'system', '', '', 'old', '', '', '', '{}', '', '')"
    ),
    "UPDATE outbox_job SET state = state WHERE open",
    "DELETE FROM outbox_job WHERE state = 'done' AND finished_at < now() - interval '1 year'",
    "UPDATE outbox_lane SET weight = weight",
)
"""What processes of the release say as ``automate_platform``: they work beside new ones while an upgrade rolls."""


@pytest.fixture(scope="module", params=releases(), ids=lambda release: release.name)
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    with restored(request.param, tmp_path_factory.mktemp("release")) as found:
        if SHARED_LOGIN not in found.manifest["passwords"]:
            pytest.skip("this release had logins for each process")
        found.migrate()
        yield found


def doctor(home: Path, **environ: str) -> list[str]:
    """The statements that doctor prints."""
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", "doctor"],
        check=False,
        capture_output=True,
        text=True,
        env=environ_of(home, **environ),
        cwd=ROOT,
        timeout=60,
    )
    return [text for text in advice(done.stdout) if text.endswith(";")]


def test_old_processes_work_on_the_new_tables(migrated: Restored) -> None:
    with psycopg.connect(migrated.database.app_url) as session:
        session.execute(f"SET ROLE {PLATFORM_ROLE}")
        for statement in OLD_STATEMENTS:
            session.execute(statement)
        ((schema,),) = session.execute("SELECT schema_name FROM tenant WHERE slug = %s", [TENANT]).fetchall()
        session.execute(f"SET ROLE {schema}")
        session.execute(f"SELECT 1 FROM {schema}.event")
        session.rollback()


@pytest.mark.long
def test_each_process_gets_its_login_while_all_work(migrated: Restored, tmp_path: Path) -> None:
    database = migrated.database
    own = {login: with_parts(database.app_url, user=login, password=PASSWORD) for login in TAKEN_BY}
    variables = {VARIABLE_OF[login]: url for login, url in own.items()}
    with (
        outside() as receiver,
        Platform(tmp_path, database, **migrated.keys) as platform,
        psycopg.connect(database.superuser_url, autocommit=True) as superuser,
    ):
        urls = {"AUTOMATE_ADMIN_DATABASE_URL": database.admin_url, "REDIS_URL": platform.valkey.url, **migrated.keys}
        platform.start_all("web", "relay", "worker")
        made = doctor(tmp_path, DATABASE_URL=database.app_url, **urls)
        assert [text.split()[0] for text in made] == ["CREATE"] * 3 + ["GRANT"] * 4 + ["REVOKE"]
        for statement in made:
            superuser.execute(statement)
        for login in TAKEN_BY:
            superuser.execute(f"ALTER ROLE {login} PASSWORD '{PASSWORD}'")
        platform.database = replace(database, login_urls=own)
        for name in ("web", "relay", "worker"):
            platform.end(name)
            platform.start(name)
            platform.await_ready(name)
        with closing(Upgraded(migrated, platform, receiver)) as at_work:
            at_work.go_on()
            assert failed(at_work) == {}
        assert users_of(superuser) == set(TAKEN_BY)
        dropped = doctor(tmp_path, **variables, **urls)
        assert [text.split()[:2] for text in dropped] == [["DROP", "OWNED"], ["DROP", "ROLE"]]
        for statement in dropped:
            superuser.execute(statement)
        assert doctor(tmp_path, **variables, **urls) == []


def users_of(superuser: psycopg.Connection[Any]) -> set[str]:
    """The logins that have a session in the database, this one aside."""
    rows = superuser.execute(
        "SELECT DISTINCT usename FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND usename <> 'postgres'"
    )
    return {str(user) for (user,) in rows}
