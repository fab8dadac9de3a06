"""``automate doctor`` starts fast: it sets up Django's apps only where a check needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from automate.cli.checkup import migrations
from automate.cli.checkup.environment import BUILT_IN_BACKENDS
from automate.cli.checkup.migrations import named_by_django, named_by_files
from tests.support.doctor import found
from tests.support.facts import naming
from tests.support.servers import set_fsync

RUN = """
import json, sys
from automate.cli import main
sys.argv = ["automate", "doctor"]
try:
    main()
finally:
    print(json.dumps([name for name in ("django.db.models", "psycopg", "redis") if name in sys.modules]), file=sys.stderr)
"""


SHOP = """
from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        raise ImproperlyConfigured("no such source")
"""
HOST = """
from automate.project.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "shop.apps.ShopConfig"]
"""


@pytest.fixture
def environ(database: Any, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "AUTOMATE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def durable(servers: Any) -> Iterator[None]:
    """After a failed check of the server, its tables are not read."""
    set_fsync(servers.superuser_url, on=True)
    yield
    set_fsync(servers.superuser_url, on=False)


def doctor(environ: dict[str, str]) -> tuple[dict[str, list[str]], set[str]]:
    """Run the command in a new process. Return its findings, and the slow libraries that the process imported."""
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=environ, check=False)
    return found(done.stdout), set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.usefixtures("durable")
def test_all_checks_of_servers_import_no_models(environ: dict[str, str]) -> None:
    """Models took half of the time of the command."""
    seen, imported = doctor(environ)
    for part in ("PostgreSQL answers", "Connectors", "migrations", "unsigned headers", "Redis"):
        assert [what for whats in seen.values() for what in whats if part in what], part
    assert imported == {"psycopg", "redis"}


@pytest.mark.parametrize(
    ("backends", "state"),
    [("database,no_such_package.Vault", "fail"), ("tests.support.team_vault.TeamVault,database", "ok")],
)
def test_backends_of_packages_are_checked_with_all_apps(environ: dict[str, str], backends: str, state: str) -> None:
    seen, imported = doctor({**environ, "AUTOMATE_SECRET_BACKENDS": backends})
    assert [what for what in seen[state] if what.startswith("Settings")]
    assert "django.db.models" in imported
    if state == "fail":
        assert seen["fail"] == [naming("AUTOMATE_SECRET_BACKENDS", "no_such_package")]


def test_backends_without_a_check_are_those_of_the_platform() -> None:
    from automate.vault.resolving import BUILT_IN

    assert {*BUILT_IN} == BUILT_IN_BACKENDS


def test_names_of_files_are_the_migrations() -> None:
    assert named_by_files() == named_by_django()


def test_names_of_files_leave_it_to_django_what_they_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(settings, "INSTALLED_APPS", [*settings.INSTALLED_APPS, "django.contrib.sites.apps.SitesConfig"])
        assert named_by_files() == set()
    monkeypatch.setattr(settings, "MIGRATION_MODULES", {"shop": "shop.changes"})
    assert named_by_files() == set()


def test_apps_of_a_project_are_set_up(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "apps.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "host_settings.py").write_text(HOST, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), environ["PYTHONPATH"]])
    seen, _ = doctor({**environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "host_settings"})
    assert [what for what in seen["fail"] if what.startswith("Settings")] == [naming("no such source")]


@pytest.mark.parametrize("named", [set(), {("another", "0001_initial")}])
def test_django_decides_where_names_of_files_do_not_fit(
    database: Any, servers: Any, monkeypatch: pytest.MonkeyPatch, named: set[tuple[str, str]]
) -> None:
    from automate.cli.checkup.queries import connected

    monkeypatch.setattr(migrations, "named_by_files", lambda: named)
    with connected(servers.admin_url) as connection:
        finding = migrations.migrations(connection)
    assert (finding.state, finding.what) == ("ok", naming(str(len(named_by_django()))))
