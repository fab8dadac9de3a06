"""``automate doctor`` finds what is wrong, on the session's real servers."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from automate.cli.checkup import sealed
from automate.devserver.database_urls import with_parts
from automate.devserver.ports import free_port
from tests.support.command import Command, command_of
from tests.support.doctor import found
from tests.support.facts import naming
from tests.support.servers import set_fsync
from tests.support.tree import ROOT

DEPLOY = ROOT / "docs" / "deploy.md"


@pytest.fixture
def automate(
    database: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    monkeypatch.setenv("AUTOMATE_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOMATE_PORT", str(free_port()))
    return command_of(monkeypatch, capsys)


@pytest.fixture
def no_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenants of earlier tests may hold values that other keys sealed."""
    monkeypatch.setattr(sealed, "MOST_TENANTS", 0)


@pytest.fixture(scope="module", autouse=True)
def durable(servers: Any) -> Iterator[None]:
    """As a server for events has to be."""
    set_fsync(servers.superuser_url, on=True)
    yield
    set_fsync(servers.superuser_url, on=False)


@pytest.mark.usefixtures("no_other_keys")
def test_healthy_installation_has_no_failure(automate: Command) -> None:
    done = automate("doctor")
    seen = found(done.out)
    assert (done.status, seen["fail"]) == (0, [])
    for part in ("Python 3", "Django Automate 0.", "is free", "Settings", "http.request, log.write", "PostgreSQL answers", "durable", "Clocks agree", "automate_app", "dump", "migrations", "Redis"):  # fmt: skip
        assert [what for what in seen["ok"] if part in what], part


def test_superuser_as_application_is_found(automate: Command, servers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", with_parts(servers.superuser_url, database="automate"))
    done = automate("doctor")
    assert done.status == 1
    (failure,) = found(done.out)["fail"]
    assert failure == naming("postgres", "superuser", "inherit", "createrole", "createdb")
    assert naming("automate_web", "automate roles") in done.out.splitlines()


def test_one_role_for_both_is_found(automate: Command, servers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", servers.admin_url)
    done = automate("doctor")
    assert done.status == 1
    both, too_much = found(done.out)["fail"]
    assert both == naming("automate_admin")
    assert too_much == naming("inherit", "createrole", "ownership")


@pytest.mark.usefixtures("no_other_keys")
def test_url_without_a_user_is_checked_as_whom_it_connects(
    automate: Command, servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = urlsplit(servers.app_url)
    monkeypatch.setenv("DATABASE_URL", named._replace(netloc=named.netloc.rpartition("@")[2]).geturl())
    monkeypatch.setenv("PGUSER", "automate_app")
    monkeypatch.setenv("PGPASSWORD", unquote(named.password or ""))
    done = automate("doctor")
    assert (done.status, found(done.out)["fail"]) == (0, [])
    assert naming("automate_app") in found(done.out)["ok"]


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("DATABASE_URL", "postgresql://automate_app:x@127.0.0.1:{port}/automate", "PostgreSQL"),
        ("REDIS_URL", "redis://127.0.0.1:{port}/0", "Redis"),
        (
            "AUTOMATE_ADMIN_DATABASE_URL",
            "postgresql://automate_admin:x@127.0.0.1:{port}/automate",
            "owner's",
        ),
    ],
)
def test_unreachable_server_is_found(
    automate: Command, monkeypatch: pytest.MonkeyPatch, name: str, url: str, said: str
) -> None:
    from django.conf import settings

    address = url.format(port=free_port())
    monkeypatch.setenv(name, address)
    if name == "REDIS_URL":
        monkeypatch.setattr(settings, name, address)
    done = automate("doctor")
    assert done.status == 1
    (failure,) = found(done.out)["fail"]
    assert failure == naming(said, "127.0.0.1")
    assert ":x@" not in done.out


@pytest.mark.usefixtures("no_other_keys")
def test_backlog_and_dead_jobs_are_found(automate: Command, superuser: psycopg.Connection[Any]) -> None:
    mine = [uuid.uuid4(), uuid.uuid4()]
    insert = (
        "INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
        " max_attempts, parked, trace_id, created_at) VALUES (%s, %s, 'event.match', %s, %s, %s, false,"
        " now() - interval '1 hour', 0, 0, 5, '', '', now())"
    )
    for job, state in zip(mine, ("pending", "dead"), strict=True):
        superuser.execute(insert, [job, uuid.uuid4(), uuid.uuid4(), state, state == "pending"])
    try:
        done = automate("doctor")
    finally:
        superuser.execute("DELETE FROM outbox_job WHERE id = ANY(%s)", [mine])
    warned = found(done.out)["warn"]
    assert done.status == 0
    assert [what for what in warned if what == naming("due") and re.search(r"\b36\d\d s\b", what)]
    assert naming("dead") in warned
    assert "outboxJobs(filter: {states: DEAD}), then redriveJobs" in done.out


@pytest.mark.usefixtures("no_other_keys")
def test_work_that_waits_since_a_restore_is_found(
    automate: Command, superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``automate restored`` marks what is open, and doctor counts it until it is released."""
    monkeypatch.delenv("AUTOMATE_ADMIN_DATABASE_URL", raising=False)
    mine = uuid.uuid4()
    superuser.execute(
        "INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
        " max_attempts, parked, trace_id, created_at) VALUES (%s, %s, 'event.match', %s, 'pending', true, false,"
        " now(), 0, 0, 5, '', '', now())",
        [mine, uuid.uuid4(), uuid.uuid4()],
    )
    try:
        stated = automate("restored", "--reason", "a snapshot")
        done = automate("doctor")
    finally:
        superuser.execute("DELETE FROM outbox_job WHERE id = %s", [mine])
        superuser.execute("UPDATE database_epoch SET epoch = 1, raised_at = NULL, reason = '', system_identifier = ''")
    # Jobs that other tests have left open are held as well.
    held = re.search(r"Epoch 2: (\d+) open job", stated.out)
    assert (stated.status, held is not None) == (0, True), stated.out
    assert held is not None
    assert int(held[1]) >= 1
    assert naming("restored", held[1], "epoch 2") in found(done.out)["warn"]


def test_restored_copy_that_no_process_has_seen_is_found(
    automate: Command, superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTOMATE_ADMIN_DATABASE_URL", raising=False)
    assert naming("restored", "no relay") not in found(automate("doctor").out)["warn"]
    superuser.execute(
        "UPDATE database_epoch SET system_identifier = '1', timeline = 1, database_oid = 1, table_oid = 1"
    )
    try:
        done = automate("doctor")
    finally:
        superuser.execute("UPDATE database_epoch SET system_identifier = ''")
    assert naming("restored", "no relay") in found(done.out)["warn"]
    assert "automate release" in done.out


def test_tenant_near_the_limit_of_waiting_runs_is_found(
    automate: Command, superuser: psycopg.Connection[Any], tenant_factory: Any
) -> None:
    tenant = tenant_factory().ref
    slots = "INSERT INTO budget_slot (holder_id, tenant_id) SELECT gen_random_uuid(), %s FROM generate_series(1, 16000)"
    superuser.execute(slots, [tenant.id])
    try:
        done = automate("doctor")
    finally:
        superuser.execute("DELETE FROM budget_slot WHERE tenant_id = %s", [tenant.id])
    assert naming(tenant.slug, "16,000", "waiting_runs", "20,000") in found(done.out)["warn"]


def test_run_slots_that_no_job_holds_are_found(
    automate: Command, superuser: psycopg.Connection[Any], tenant_factory: Any
) -> None:
    tenant = tenant_factory().ref
    superuser.execute(
        "UPDATE budget SET \"limit\" = 2 WHERE tenant_id = %s AND metric = 'concurrent_runs'", [tenant.id]
    )
    slots = "INSERT INTO budget_slot (holder_id, tenant_id) SELECT gen_random_uuid(), %s FROM generate_series(1, 3)"
    superuser.execute(slots, [tenant.id])
    try:
        warned = found(automate("doctor").out)["warn"]
    finally:
        superuser.execute("DELETE FROM budget_slot WHERE tenant_id = %s", [tenant.id])
    assert naming(tenant.slug, "3", "no open job") in warned
    assert naming(tenant.slug, "1", "concurrent_runs") in warned
    assert not [what for what in found(automate("doctor").out)["warn"] if what == naming(tenant.slug)]


def test_missing_migration_is_found(automate: Command, superuser: psycopg.Connection[Any]) -> None:
    ((row, app, name, applied),) = superuser.execute(
        "DELETE FROM public.django_migrations WHERE app = 'outbox' AND name = '0002_guards' RETURNING *"
    ).fetchall()
    try:
        done = automate("doctor")
    finally:
        superuser.execute("INSERT INTO public.django_migrations VALUES (%s, %s, %s, %s)", [row, app, name, applied])
    assert done.status == 1
    assert found(done.out)["fail"] == [naming("1", "outbox.0002_guards")]


def test_tenant_left_behind_is_found(
    automate: Command, superuser: psycopg.Connection[Any], tenant_factory: Any
) -> None:
    schema = tenant_factory().ref.schema
    ((row, app, name, applied),) = superuser.execute(
        f"DELETE FROM {schema}.django_migrations WHERE app = 'runs' AND name = '0002_guards' RETURNING *"
    ).fetchall()
    try:
        done = automate("doctor")
    finally:
        superuser.execute(f"INSERT INTO {schema}.django_migrations VALUES (%s, %s, %s, %s)", [row, app, name, applied])
    assert found(done.out)["fail"] == [naming("1", schema)]


def test_durability_switched_off_is_found(automate: Command, superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("ALTER ROLE automate_app SET synchronous_commit = off")
    try:
        done = automate("doctor")
    finally:
        superuser.execute("ALTER ROLE automate_app RESET synchronous_commit")
    assert done.status == 1
    assert found(done.out)["fail"] == [naming("synchronous_commit")]


def test_changed_key_is_found_by_a_stored_secret(
    automate: Command, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restore with another AUTOMATE_SECRET_KEY, or without its AUTOMATE_MASTER_KEYS."""
    from django.conf import settings

    from automate.cli.checkup import sealed
    from automate.kernel.tenancy import acting_for
    from automate.triggers.services import save_source
    from automate.vault import sealing

    monkeypatch.setattr(sealed, "MOST_TENANTS", 10_000)  # those of all tests before this one
    with acting_for(tenant.ref):
        save_source(slug="shop", scheme="BEARER", secrets=["a-long-enough-token"], options=None, expected_revision=None)
    before = found(automate("doctor").out)
    assert naming("secrets", "key") in before["ok"]
    monkeypatch.setattr(settings, "SECRET_KEY", "another key, as after a restore by somebody in a hurry")
    sealing._keys.cache_clear()
    try:
        done = automate("doctor")
    finally:
        sealing._keys.cache_clear()
    assert done.status == 1
    # Keys that other tests sealed with, and put away, open nothing before and after.
    (failure,) = [line for line in found(done.out)["fail"] if line not in before["fail"]]
    assert failure == naming("AUTOMATE_SECRET_KEY")
    assert naming("AUTOMATE_SECRET_KEY", "AUTOMATE_MASTER_KEYS") in done.out.splitlines()


def test_secrets_of_webhook_endpoints_are_looked_at_too(tenant: Any) -> None:
    from automate.cli.checkup.queries import SEALED
    from automate.cli.checkup.sealed import _PLACES
    from automate.endpoints.sealed_secrets import open_secret
    from automate.endpoints.services import save_endpoint
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import acting_for

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with acting_for(tenant.ref):
        save_endpoint(slug="billing", url="https://x.example", secrets=[secret], expected_revision=None)
        ((kind, row_id, slug, secrets),) = fetch(SEALED)
    assert (kind, slug) == ("webhook endpoint", "billing")
    (text,) = json.loads(secrets)
    assert open_secret(text, _PLACES[kind](tenant.ref.id, row_id, slug)) == secret


def test_sources_that_trust_unsigned_headers_are_warned_of(
    automate: Command, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from automate.cli.checkup import unsigned
    from automate.kernel.tenancy import acting_for
    from automate.triggers.services import save_source

    monkeypatch.setattr(unsigned, "MOST_TENANTS", 10_000)  # those of all tests before this one
    monkeypatch.setattr(unsigned, "MOST_NAMED", 10_000)

    def warned(*, trusting: bool) -> bool:
        options = {"trust_unsigned_headers": trusting}
        with acting_for(tenant.ref):
            save_source(slug="erp", scheme="HMAC", secrets=["k" * 20], options=options, expected_revision=None)
        return naming(f"{tenant.ref.slug}/erp") in found(automate("doctor").out)["warn"]

    assert warned(trusting=True)
    assert not warned(trusting=False)


def test_dump_that_would_not_fit_is_foretold() -> None:
    """At 100 connections of 64 locks, the tables of 1,000 tenants do not fit, and do with 512."""
    from automate.cli.checkup.database import _dump

    assert _dump(38_013, 100, 512).state == "ok"
    found = _dump(38_013, 100, 64)
    assert (found.state, found.what) == ("warn", naming("38,013", "6,400"))
    assert found.fix == naming("max_locks_per_transaction", "1024")


def test_page_counts_the_tables_that_a_dump_locks(tenant: Any, superuser: psycopg.Connection[Any]) -> None:
    page = DEPLOY.read_text(encoding="utf-8")
    counted = r"(\d+) for each tenant or spare schema, and (\d+) others"
    ((each, besides),) = [(int(each), int(besides)) for each, besides in re.findall(counted, page)]
    count = "SELECT schemaname, count(*) FROM pg_tables WHERE schemaname = ANY(%s) GROUP BY 1"
    found = superuser.execute(count, [[tenant.ref.schema, "public"]]).fetchall()
    assert dict(found) == {tenant.ref.schema: each, "public": besides}
    full = [(100 * locks - besides) // each for locks in (64, 512)]
    said = [int(number.replace(",", "")) for number in re.findall(r"at about ([\d,]+)", page)]
    assert said == [full[0], round(full[1], -1)]
