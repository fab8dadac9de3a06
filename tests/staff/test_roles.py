"""The database role of the admin, attacked by SQL of the attacker's choice."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

from automate.kernel.roles import RELAY_LOGIN, STAFF_ROLE, WEB_LOGIN, WORKER_LOGIN
from automate.kernel.tenancy import acting_for_platform
from tests.staff.conftest import Filled
from tests.support import staff
from tests.support.logins import running_as, takeable
from tests.support.servers import Servers

READS = ("tenant", "membership", "api_token_use", "platform_audit_entry")


@pytest.fixture
def as_staff(database: Servers) -> Any:
    with psycopg.connect(database.login_urls[WEB_LOGIN], autocommit=True) as session:
        session.execute(f"SET ROLE {STAFF_ROLE}")
        yield session


def proof_of(user: Any) -> str:
    from django.conf import settings

    from tenants.people.sign_ins import proof_of_session

    client = staff.signed_in(user)
    return proof_of_session(client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_role_sees_nothing_without_the_proof_of_a_sign_in_of_staff(filled: Filled, as_staff: Any) -> None:
    proofs = ["", "0" * 64, proof_of(staff.person(staff=False))]
    for proof in proofs:
        as_staff.execute("SELECT set_config('automate.proof', %s, false)", [proof])
        for table in READS:
            assert as_staff.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        assert as_staff.execute("SELECT count(id) FROM api_token").fetchone() == (0,)
        assert as_staff.execute("UPDATE api_token SET revoked_at = now()").rowcount == 0
        with pytest.raises(errors.InsufficientPrivilege):
            as_staff.execute("INSERT INTO platform_audit_entry (id, changes) VALUES (gen_random_uuid(), '{}')")
    as_staff.execute("SELECT set_config('automate.proof', %s, false)", [proof_of(staff.person())])
    assert as_staff.execute("SELECT count(*) > 0 FROM tenant").fetchone() == (True,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM person",
        "SELECT digest FROM api_token",
        "SELECT proof FROM api_token",
        "SELECT * FROM browser_session",
        "UPDATE person SET is_staff = true",
        "UPDATE tenant SET state = 'suspended'",
        "UPDATE api_token SET expires_at = NULL",
        "DELETE FROM platform_audit_entry",
        "UPDATE platform_audit_entry SET action = 'x'",
        "INSERT INTO membership SELECT * FROM membership",
        "SELECT * FROM outbox_job",
        "SELECT * FROM invitation",
    ],
)
def test_role_does_what_the_pages_need_and_no_more(filled: Filled, as_staff: Any, statement: str) -> None:
    as_staff.execute("SELECT set_config('automate.proof', %s, false)", [proof_of(staff.person())])
    with pytest.raises(errors.InsufficientPrivilege):
        as_staff.execute(statement)


def test_role_reaches_no_schema_of_a_tenant(filled: Filled, as_staff: Any) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        as_staff.execute(f"SELECT 1 FROM {filled.ref.schema}.event")


@pytest.mark.parametrize("login", [RELAY_LOGIN, WORKER_LOGIN])
def test_only_web_takes_the_role(database: Servers, login: str) -> None:
    with psycopg.connect(database.login_urls[login], autocommit=True) as session:
        assert STAFF_ROLE not in takeable(session)


def test_pages_and_acts_work_over_webs_own_login(servers: Servers, filled: Filled) -> None:
    """As in production: web's login, and row-level security asks for the proof."""
    from tests.staff.test_pages import lists_of

    client = staff.superuser()
    with running_as(servers, WEB_LOGIN):
        for url in lists_of(filled):
            assert client.get(url).status_code == 200, url
        url = staff.tenant_url(filled.ref, f"events/event/{filled.event}/reveal/")
        client.post(url, {"reason": "ticket 1"})
        assert "hunter2" in client.get(url).content.decode()


def test_staff_who_are_dismissed_lose_the_proof(filled: Filled, as_staff: Any) -> None:
    user = staff.person()
    as_staff.execute("SELECT set_config('automate.proof', %s, false)", [proof_of(user)])
    count = "SELECT count(*) > 0 FROM tenant"
    assert as_staff.execute(count).fetchone() == (True,)
    with acting_for_platform("a test"):
        type(user).objects.filter(pk=user.pk).update(is_staff=False)
    assert as_staff.execute(count).fetchone() == (False,)
