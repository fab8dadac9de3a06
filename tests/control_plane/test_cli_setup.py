"""Setting up a database: URLs of any form, and one line where it cannot be done."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest

from automate.devserver.database_urls import with_parts
from automate.kernel.roles import ADMIN_LOGIN as ADMIN
from tests.support.facts import naming
from tests.support.servers import Servers
from tests.support.tree import ROOT

SECONDS = 60


def automate(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "automate.cli", *arguments]
    given = {**os.environ, **environ}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS, env=given)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://boss:x@db:5433/postgres", "postgresql://automate_admin:p%40w@db:5433/automate"),
        ("postgresql://db/postgres?sslmode=require", "postgresql://automate_admin:p%40w@db/automate?sslmode=require"),
        (
            "postgresql:///postgres?host=/run/postgresql",
            "postgresql://automate_admin:p%40w@/automate?host=/run/postgresql",
        ),
    ],
)
def test_another_login_of_the_same_server(url: str, expected: str) -> None:
    assert with_parts(url, user=ADMIN, password="p@w", database="automate") == expected


def test_database_by_its_socket_keeps_its_slashes() -> None:
    url = "postgresql:///postgres?host=/run/postgresql"
    assert with_parts(url, database="automate") == "postgresql:///automate?host=/run/postgresql"


@pytest.mark.slow
def test_wrong_password_is_said_in_one_line(servers: Servers) -> None:
    wrong = with_parts(servers.admin_url, user=ADMIN, password="guess")
    done = automate("migrate", AUTOMATE_ADMIN_DATABASE_URL=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == naming("database")
    assert done.stderr.count("\n") == 1
    assert "password authentication failed" in done.stderr
    assert "guess" not in done.stderr


@pytest.mark.slow
def test_parameters_of_the_url_reach_the_server(servers: Servers) -> None:
    """The tests' server speaks no TLS: who demands it must not be served without."""
    done = automate("migrate", AUTOMATE_ADMIN_DATABASE_URL=f"{servers.admin_url}?sslmode=require")
    assert done.returncode == 1
    assert "does not support SSL, but SSL was required" in done.stderr


@pytest.mark.slow
def test_status_of_a_database_without_tables_says_what_is_missing(servers: Servers) -> None:
    _, admin_url = servers.new_database("without_tables")

    def status() -> tuple[int, str, str]:
        done = automate("migrate", "--status", AUTOMATE_ADMIN_DATABASE_URL=admin_url)
        return done.returncode, done.stdout, done.stderr

    assert status() == (1, naming("(all tenants)", "public", "0 of 1"), "")
    assert automate("migrate", AUTOMATE_ADMIN_DATABASE_URL=admin_url).returncode == 0
    assert status() == (0, naming("1 of 1"), "")
    with psycopg.connect(admin_url) as owner:
        owner.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    assert status() == (1, naming("(all tenants)", "public", "1 migration\n", "0 of 1"), "")


INTERRUPTED = """
import signal, sys
from automate.cli import main

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "automate.devserver":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["automate", "up"]
main()
"""
"""Ctrl-C comes just when the commands import what they are made of."""


def test_interrupt_among_the_imports_is_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    environ = {**os.environ, "AUTOMATE_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_roles_without_a_login_names_the_variable() -> None:
    done = automate("roles", AUTOMATE_CREATOR_DATABASE_URL="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == naming("AUTOMATE_CREATOR_DATABASE_URL")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_version_is_that_of_the_distribution() -> None:
    done = automate("--version")
    assert (done.returncode, done.stdout) == (0, f"Django Automate {version('django-automate')}\n")


@pytest.mark.slow
def test_url_that_is_none_is_said_in_one_line() -> None:
    done = automate(
        "roles", AUTOMATE_CREATOR_DATABASE_URL="postgresql://%zz/x", DATABASE_URL="", AUTOMATE_ADMIN_DATABASE_URL=""
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == naming("AUTOMATE_WEB_DATABASE_URL", "automate_web")
    logins = {
        f"AUTOMATE_{name.upper()}_DATABASE_URL": f"postgresql://automate_{name}:x@127.0.0.1/automate"
        for name in ("web", "relay", "worker", "admin")
    }
    done = automate("roles", AUTOMATE_CREATOR_DATABASE_URL="postgresql://%zz/x", **logins)
    assert done.returncode == 1
    assert done.stderr == naming("PostgreSQL")
    assert "invalid percent-encoded token" in done.stderr
    assert "Traceback" not in done.stderr
