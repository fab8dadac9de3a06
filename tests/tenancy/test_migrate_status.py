"""``automate migrate --status`` before the first migration, and after it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from tests.support.processes import ROOT
from tests.support.servers import Servers

NAME = "without_tables"


@pytest.fixture
def empty(servers: Servers) -> Iterator[str]:
    """The owner's URL of a database without tables."""
    with psycopg.connect(servers.superuser_url, autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {NAME}")
        _, admin_url = servers.new_database(NAME)
        yield admin_url
        superuser.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def migrate(admin_url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "automate.cli", "migrate", *options],
        env={**os.environ, "AUTOMATE_ADMIN_DATABASE_URL": admin_url, "AUTOMATE_SPARE_SCHEMAS": "0"},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_database_without_tables_is_behind_until_it_is_migrated(empty: str) -> None:
    before = migrate(empty, "--status")
    assert before.returncode == 1, before.stderr
    shared, schemas = before.stdout.splitlines()
    assert "public" in shared
    assert "lacks" in shared
    assert schemas == "0 of 0 tenant schemas are at this release."
    assert migrate(empty).returncode == 0
    after = migrate(empty, "--status")
    assert (after.returncode, after.stdout.splitlines()) == (0, [schemas])
