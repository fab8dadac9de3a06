"""``automate doctor`` looks at the logins of web, relay and workers, and prints the statements that set them right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from automate.cli.checkup import sealed
from automate.devserver.ports import free_port
from automate.kernel.roles import VARIABLE_OF
from tests.support.command import Command, command_of
from tests.support.doctor import advice, found
from tests.support.facts import naming
from tests.support.servers import set_fsync


@pytest.fixture
def automate(
    database: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    monkeypatch.setenv("AUTOMATE_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOMATE_PORT", str(free_port()))
    # Tenants of earlier tests may hold values that other keys sealed.
    monkeypatch.setattr(sealed, "MOST_TENANTS", 0)
    return command_of(monkeypatch, capsys)


@pytest.fixture(scope="module", autouse=True)
def durable(servers: Any) -> Iterator[None]:
    """As a server for events has to be."""
    set_fsync(servers.superuser_url, on=True)
    yield
    set_fsync(servers.superuser_url, on=False)


@pytest.fixture
def own_logins(servers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an installation whose processes have logins of their own, looked at with the settings of all."""
    monkeypatch.delenv("DATABASE_URL")
    for login, url in servers.login_urls.items():
        monkeypatch.setenv(VARIABLE_OF[login], url)


def test_login_that_all_processes_share_is_found(automate: Command) -> None:
    """The session's servers have the logins already, so nothing is to be made."""
    done = automate("doctor")
    assert done.status == 0
    assert naming("automate_app", "platform tokens") in found(done.out)["warn"]
    assert naming("AUTOMATE_WEB_DATABASE_URL", "AUTOMATE_RELAY_DATABASE_URL", "restart") in advice(done.out)
    assert [text for text in advice(done.out) if text.endswith(";")] == []


def test_logins_of_their_own_are_looked_at(automate: Command, own_logins: None, servers: Any) -> None:
    """While a process still uses the shared login, doctor does not say how to drop it."""
    with psycopg.connect(servers.app_url):
        done = automate("doctor")
    assert (done.status, found(done.out)["fail"]) == (0, [])
    for name in ("AUTOMATE_WEB_DATABASE_URL", "AUTOMATE_RELAY_DATABASE_URL", "AUTOMATE_WORKER_DATABASE_URL", "migrations", "store nothing"):  # fmt: skip
        assert naming(name) in found(done.out)["ok"]
    assert naming("sessions", "automate_app") in found(done.out)["warn"]
    assert not [text for text in advice(done.out) if text.startswith("DROP")]


def test_without_the_owner_s_login_the_rest_is_looked_at(
    automate: Command, own_logins: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTOMATE_ADMIN_DATABASE_URL")
    done = automate("doctor")
    assert (done.status, found(done.out)["fail"]) == (0, [])
    assert naming("queue", "not checked") in found(done.out)["warn"]


def test_login_of_another_process_is_found(
    automate: Command, own_logins: None, servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOMATE_WEB_DATABASE_URL", servers.login_urls["automate_worker"])
    done = automate("doctor")
    assert done.status == 1
    assert found(done.out)["fail"] == [naming("automate_worker", "automate_authentication", "automate_operator")]


def test_login_that_lacks_a_role_is_found_and_its_statement_helps(
    automate: Command, own_logins: None, superuser: psycopg.Connection[Any]
) -> None:
    superuser.execute("REVOKE automate_queue FROM automate_relay GRANTED BY CURRENT_USER")
    done = automate("doctor")
    assert done.status == 1
    for statement in (text for text in advice(done.out) if text.startswith("GRANT")):
        superuser.execute(statement)
    assert automate("doctor").status == 0


def test_open_stores_are_found_and_closed_by_the_statement(
    automate: Command, own_logins: None, superuser: psycopg.Connection[Any]
) -> None:
    superuser.execute("GRANT EXECUTE ON FUNCTION lo_create(oid), lo_put(oid, bigint, bytea) TO PUBLIC")
    done = automate("doctor")
    assert naming("large objects") in found(done.out)["warn"]
    (statement,) = [text for text in advice(done.out) if text.startswith("REVOKE")]
    assert statement == "REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_put(oid,bigint,bytea) FROM PUBLIC;"
    superuser.execute(statement)
    assert naming("large objects") not in found(automate("doctor").out)["warn"]


def test_text_that_a_tenant_s_role_stored_in_its_settings_is_found(
    automate: Command,
    own_logins: None,
    tenant: Any,
    as_tenant: psycopg.Connection[Any],
    superuser: psycopg.Connection[Any],
) -> None:
    """PostgreSQL lets each role change its own settings; no right can take that away."""
    as_tenant.execute(f"ALTER ROLE {tenant.ref.schema} SET application_name = 'rows of a tenant'")
    done = automate("doctor")
    assert naming(tenant.ref.schema, "settings") in found(done.out)["warn"]
    (statement,) = [text for text in advice(done.out) if text.startswith("ALTER ROLE")]
    superuser.execute(statement)
    assert naming(tenant.ref.schema, "settings") not in found(automate("doctor").out)["warn"]


@pytest.fixture
def as_tenant(servers: Any, tenant: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(servers.login_urls["automate_worker"], autocommit=True) as session:
        session.execute(f"SET ROLE {tenant.ref.schema}")
        yield session
