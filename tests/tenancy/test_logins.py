"""The logins of web, relay and worker, attacked by SQL of the attacker's choice: what each reaches, and what it does not."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from automate.kernel.roles import (
    ANY_TENANT_ROLE,
    AUTHENTICATION_ROLE,
    DIRECTORY_ROLE,
    OPERATOR_ROLE,
    PLATFORM_ROLE,
    PLATFORM_ROLES,
    QUEUE_ROLE,
    RELAY_LOGIN,
    SHARED_LOGIN,
    TAKEN_BY,
    TENANT_GROUP_ROLE,
    WEB_LOGIN,
    WORKER_LOGIN,
    WRITERS_OUTSIDE_TABLES,
)
from tests.support.logins import reach, takeable
from tests.support.servers import Servers

LOGINS = tuple(TAKEN_BY)
Session = psycopg.Connection[Any]
As = Callable[..., Session]

R, RU, RC, RCU, ALL = "SELECT", "SELECT UPDATE", "SELECT INSERT", "SELECT INSERT UPDATE", "SELECT INSERT UPDATE DELETE"
TENANT: dict[str, str] = {
    "tenant": R, "plan": R, "person": R, "membership": ALL, "invitation": RCU, "sign_in": R, "outbox_job": RCU, "outbox_lane": RU, "database_epoch": R, "usage_entry": RC, "usage_hour": R, "usage_closed": R, "budget": ALL, "budget_entry": RC, "budget_slot": ALL,
    "platform_audit_entry": R, "api_token": RCU, "api_token_use": R, "audit_tally": ALL,
    "retention_policy": RCU, "tenant_deletion": "SELECT INSERT DELETE",
}  # fmt: skip
"""What a tenant's role may do with its own rows; web and workers act for tenants."""
PERMISSIONS_OF_STAFF = (
    "django_content_type",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "person_groups",
    "person_user_permissions",
)
SESSIONS = ("account_emailconfirmation", "account_emailaddress", "mfa_authenticator", "browser_session")
NOTHING = dict.fromkeys(("django_migrations", "retention_sweep", *PERMISSIONS_OF_STAFF, *SESSIONS), "")

EXPECTED: dict[str, dict[str, str]] = {
    WEB_LOGIN: {
        **NOTHING, **TENANT, "tenant": RCU, "plan": ALL, "outbox_lane": RCU, "tenant_domain": R, "api_token_use": RCU,
        "person": RCU, "sign_in": ALL, "browser_session": ALL, "mfa_authenticator": ALL, "account_emailaddress": R,
        **dict.fromkeys(PERMISSIONS_OF_STAFF, R),
        "spare_schema": "SELECT UPDATE DELETE", "spare_demand": ALL, "platform_audit_entry": "SELECT INSERT",
    },
    RELAY_LOGIN: {
        **NOTHING, **dict.fromkeys(TENANT, ""), "tenant": R, "budget_slot": R, "outbox_job": RU, "outbox_lane": R, "database_epoch": RU, "tenant_domain": "",
        "tenant_deletion": R,
        "spare_schema": "", "spare_demand": "", "platform_audit_entry": "",
    },
    WORKER_LOGIN: {
        **NOTHING, **TENANT, "database_epoch": RU, "tenant_domain": R,
        "spare_schema": "", "spare_demand": "",
    },
}  # fmt: skip
"""The verbs of each login on each public table, by all roles that it may take. A new table needs a decision here."""


@pytest.fixture
def as_login(database: Servers) -> Iterator[As]:
    """A session of a login, which has taken a role (``none``: itself alone) and shows a proof."""
    sessions: list[Session] = []

    def take(login: str, role: str = "none", proof: str = "") -> Session:
        url = database.app_url if login == SHARED_LOGIN else database.login_urls[login]
        session = psycopg.connect(url, autocommit=True)
        sessions.append(session)
        session.execute("SELECT set_config('role', %s, false), set_config('automate.proof', %s, false)", [role, proof])
        return session

    yield take
    for session in sessions:
        session.close()


def differing(observer: Session, login: str, roles: set[str]) -> dict[str, tuple[set[str], set[str] | None]]:
    """Tables whose verbs are not the expected ones: what is so, and what was decided."""
    found = reach(observer, roles)
    expected = {table: set(verbs.split()) for table, verbs in EXPECTED[login].items()}
    return {
        table: (found.get(table, set()), expected.get(table))
        for table in found.keys() | expected.keys()
        if found.get(table, set()) != expected.get(table)
    }


@pytest.mark.parametrize("login", LOGINS)
def test_login_reaches_what_is_decided_and_nothing_else(two: Any, as_login: As, as_owner: Session, login: str) -> None:
    assert differing(as_owner, login, takeable(as_login(login))) == {}


def test_table_without_a_decision_and_a_grant_too_much_are_seen(two: Any, as_login: As, as_owner: Session) -> None:
    roles = takeable(as_login(RELAY_LOGIN))
    as_owner.autocommit = False
    as_owner.execute("CREATE TABLE public.undecided (n int)")
    as_owner.execute(f"GRANT SELECT (digest) ON api_token TO {QUEUE_ROLE}")
    assert differing(as_owner, RELAY_LOGIN, roles) == {"undecided": (set(), None), "api_token": ({"SELECT"}, set())}
    as_owner.rollback()


@pytest.mark.parametrize("login", LOGINS)
def test_login_takes_its_roles_and_no_other(two: Any, as_login: As, superuser: Session, login: str) -> None:
    """Each role of the cluster is tried, tenants' and PostgreSQL's own among them."""
    every = {role for (role,) in superuser.execute("SELECT rolname FROM pg_roles")}
    tenants = {role for role in every if role.startswith("t_")}
    assert {tenant.ref.schema for tenant in two} <= tenants
    session, taken = as_login(login), set()
    for role in every:
        try:
            session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        except errors.InsufficientPrivilege:
            continue
        taken.add(role)
    acting = {*tenants, TENANT_GROUP_ROLE} if ANY_TENANT_ROLE in TAKEN_BY[login] else set()
    assert taken == {login, *TAKEN_BY[login], *acting}
    assert taken == takeable(session)


@pytest.mark.parametrize("login", LOGINS)
def test_login_alone_inherits_nothing(two: Any, as_login: As, superuser: Session, login: str) -> None:
    assert not any(reach(superuser, {login}).values())
    assert not any(reach(superuser, {ANY_TENANT_ROLE}).values())
    schema = two[0].ref.schema
    for role in ("none", ANY_TENANT_ROLE) if ANY_TENANT_ROLE in TAKEN_BY[login] else ("none",):
        with pytest.raises(errors.InsufficientPrivilege):
            as_login(login, role).execute(f"SELECT 1 FROM {schema}.event")


@pytest.mark.parametrize("login", [RELAY_LOGIN, WORKER_LOGIN])
def test_relay_and_worker_read_and_write_no_token(two: Any, as_login: As, login: str) -> None:
    session = as_login(login)
    for role in takeable(session):
        session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        for statement in (
            "SELECT digest FROM public.api_token",
            "INSERT INTO public.api_token (id) VALUES (gen_random_uuid())",
            "UPDATE public.api_token SET digest = ''",
            "DELETE FROM public.api_token",
            "INSERT INTO public.tenant (id) VALUES (gen_random_uuid())",
            "UPDATE public.tenant SET allowed_networks = '[\"0.0.0.0/0\"]'",
            "INSERT INTO public.platform_audit_entry (id) VALUES (gen_random_uuid())",
        ):
            with pytest.raises(
                (errors.InsufficientPrivilege, errors.InvalidTextRepresentation)
            ):  # that of no tenant's id
                session.execute(statement)
        # A tenant's role may ask; row-level security shows the worker's login nothing.
        for statement in ("SELECT id FROM public.api_token", "UPDATE public.api_token SET revoked_at = NULL"):
            with suppress(errors.InsufficientPrivilege, errors.InvalidTextRepresentation):
                assert session.execute(statement).rowcount == 0


MINT = (
    "INSERT INTO public.api_token (id, tenant_id, name, prefix, digest, role, created_at)"
    " VALUES (%s, %s, 'forged', '', %s, %s, now())"
)


def forge(session: Session, tenant_id: uuid.UUID | None) -> int:
    """How many tokens of an attacker's choice the session could write."""
    values = [uuid.uuid4(), tenant_id, uuid.uuid4().hex * 2, "owner" if tenant_id else "platform"]
    try:
        return session.execute(MINT, values).rowcount
    except (errors.InsufficientPrivilege, errors.InvalidTextRepresentation):
        return 0


def test_tenants_role_mints_a_token_with_the_proof_of_one_of_its_managers_alone(
    two: Any, as_login: As, superuser: Session
) -> None:
    from tenants.tokens import digest_of, proof_of

    mine, theirs = two
    proof, digest = proof_of(mine.token), digest_of(mine.token)
    for login, tenant, wrong in (
        (WEB_LOGIN, mine, ""),
        (WEB_LOGIN, mine, proof_of(theirs.token)),
        (WEB_LOGIN, mine, str(digest)),
        (WEB_LOGIN, theirs, proof),
        (WORKER_LOGIN, mine, proof),
    ):
        session = as_login(login, tenant.ref.schema, wrong)
        assert [forge(session, tenant.ref.id), forge(session, None)] == [0, 0], (login, wrong)
    session = as_login(WEB_LOGIN, mine.ref.schema, proof)
    assert [forge(session, mine.ref.id), forge(session, theirs.ref.id), forge(session, None)] == [1, 0, 0]
    for lowered in ("role = 'editor'", "scopes = '[\"view_runs\"]'", "revoked_at = now()"):
        with superuser.transaction(force_rollback=True):
            superuser.execute(f"UPDATE public.api_token SET {lowered} WHERE digest = '{digest}'")
            superuser.execute(f"SET LOCAL SESSION AUTHORIZATION {WEB_LOGIN}")
            superuser.execute(f"SET LOCAL ROLE {mine.ref.schema}")
            superuser.execute("SELECT set_config('automate.proof', %s, true)", [proof])
            assert superuser.execute("SELECT automate_tenant_proven()").fetchall() == [(False,)], lowered
    superuser.execute("DELETE FROM public.api_token WHERE name = 'forged'")


@pytest.fixture
def platform_token(database: Servers, superuser: Session) -> Iterator[str]:
    from tenants.platform_tokens import issue_platform_token

    yield issue_platform_token("proof of a test")
    superuser.execute("DELETE FROM public.api_token WHERE name IN ('proof of a test', 'forged')")


def test_web_mints_no_token_without_a_platform_token(
    two: Any, as_login: As, superuser: Session, platform_token: str
) -> None:
    """Whatever else it shows as proof: guesses, and all that it can read of the token."""
    from tenants.tokens import digest_of, proof_of

    proof, mine = proof_of(platform_token), two[0].ref.id
    digest = digest_of(platform_token) or ""
    ((stored,),) = superuser.execute("SELECT proof FROM public.api_token WHERE digest = %s", [digest]).fetchall()
    shown = ("", "NULL", digest, stored, proof[:-1], proof.upper(), hashlib.sha256(digest.encode()).hexdigest())
    for wrong in shown:
        session = as_login(WEB_LOGIN, OPERATOR_ROLE, wrong)
        assert [forge(session, None), forge(session, mine)] == [0, 0], wrong
    session = as_login(WEB_LOGIN, OPERATOR_ROLE, proof)
    assert [forge(session, None), forge(session, mine)] == [1, 1]
    superuser.execute("UPDATE public.api_token SET revoked_at = now() WHERE digest = %s", [digest])
    assert [forge(session, None), forge(session, mine)] == [0, 0]


OPERATOR_WRITES = (
    "UPDATE public.tenant SET allowed_networks = '[\"0.0.0.0/0\"]'",
    "UPDATE public.api_token SET revoked_at = now()",
    "UPDATE public.outbox_lane SET paused = true",
    "DELETE FROM public.spare_schema",
    "INSERT INTO public.spare_demand (id, wanted, asked_at) VALUES (1, 1000000, now())",
    (
        'INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)'
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'runs', 'month', 1, 'reject', 0, now())"
    ),
    (
        "INSERT INTO public.platform_audit_entry (id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_label,"
        " changes, trace_id, hash) VALUES (gen_random_uuid(), now(), '', '', '', '', '', '', '', '{}', '', '')"
    ),
)


@pytest.mark.parametrize("statement", OPERATOR_WRITES)
def test_web_writes_nothing_as_operator_without_a_proof(
    two: Any, as_login: As, platform_token: str, statement: str
) -> None:
    from tenants.provisioning import create_spare_schema, spare_schema_count
    from tenants.tokens import proof_of

    if "spare_schema" in statement and not spare_schema_count():
        create_spare_schema()

    def written(proof: str) -> int:
        session = as_login(WEB_LOGIN, OPERATOR_ROLE, proof)
        session.autocommit = False
        try:
            return session.execute(statement).rowcount
        except errors.InsufficientPrivilege:
            return 0
        finally:
            session.rollback()

    assert written("") == 0
    assert written(proof_of(platform_token)) > 0


def test_login_of_an_older_installation_still_writes_as_operator(two: Any, as_login: As, superuser: Session) -> None:
    """It may take the old role, too: a proof would add nothing."""
    for role in (OPERATOR_ROLE, PLATFORM_ROLE):
        assert forge(as_login(SHARED_LOGIN, role), None) == 1
    superuser.execute("DELETE FROM public.api_token WHERE name = 'forged'")


def test_proof_is_no_way_from_another_login_or_role(two: Any, as_login: As, platform_token: str) -> None:
    from tenants.tokens import proof_of

    proof = proof_of(platform_token)
    for login in LOGINS:
        session = as_login(login, proof=proof)
        for role in takeable(session) - {OPERATOR_ROLE}:
            session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            assert forge(session, None) == 0, (login, role)


def test_queue_finishes_nothing_and_sees_no_error(two: Any, as_login: As) -> None:
    session = as_login(RELAY_LOGIN, QUEUE_ROLE)
    for column in ("subject_id", "last_error", "fingerprint", "trace_id"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(f"SELECT {column} FROM public.outbox_job")
    for statement in (
        "DELETE FROM public.outbox_job",
        "UPDATE public.outbox_job SET open = false, state = 'done'",
        "TRUNCATE public.outbox_job",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement)
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute("UPDATE public.outbox_job SET attempts = 0 WHERE NOT open")


@pytest.mark.parametrize("login", LOGINS)
def test_audit_of_the_platform_cannot_be_changed(two: Any, as_login: As, login: str) -> None:
    session = as_login(login)
    for role in takeable(session):
        session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        for statement in ("UPDATE {} SET action = ''", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement.format("public.platform_audit_entry"))


def test_every_table_of_the_platform_that_roles_write_is_under_row_level_security(
    database: Servers, as_owner: Session
) -> None:
    """By column rights alone, web could write as the operator without a proof."""
    secured = as_owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity"
    ).fetchall()
    written = {table for table, verbs in EXPECTED[WEB_LOGIN].items() if verbs not in {"", R}}
    assert {*written, "tenant", "person", "platform_audit_entry"} <= {table for (table,) in secured}


STORES = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'stolen')",
    "SELECT lo_put(1, 0, 'stolen')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/stolen')",
    "SELECT pg_logical_emit_message(false, 'stolen', 'rows')",
    "CREATE TEMP TABLE stolen (n int)",
    "CREATE TABLE public.stolen (n int)",
    "CREATE SCHEMA stolen",
    "CREATE ROLE stolen",
    "COPY (SELECT 1) TO '/stolen'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COMMENT ON SCHEMA public IS 'stolen'",
    "SECURITY LABEL ON SCHEMA public IS 'stolen'",
)


@pytest.mark.parametrize("login", LOGINS)
def test_login_stores_nothing_outside_its_tables(two: Any, as_login: As, login: str) -> None:
    session = as_login(login)
    some = {role for role in takeable(session) if not role.startswith("t_")}
    for role in {*some, *({two[0].ref.schema} if ANY_TENANT_ROLE in TAKEN_BY[login] else ())}:
        session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        for statement in STORES:
            with pytest.raises((errors.InsufficientPrivilege, errors.InvalidSchemaName, errors.InvalidParameterValue)):
                session.execute(statement)


@pytest.mark.parametrize("login", [*LOGINS, SHARED_LOGIN])
def test_no_function_that_writes_outside_tables_is_left(two: Any, superuser: Session, login: str) -> None:
    functions = [name for (name,) in superuser.execute(WRITERS_OUTSIDE_TABLES)]
    assert len(functions) > 20
    left = superuser.execute(
        "SELECT f FROM unnest(%s::text[]) AS f CROSS JOIN unnest(%s::text[]) AS r (role)"
        " WHERE has_function_privilege(r.role, f, 'EXECUTE')",
        [functions, [login, *PLATFORM_ROLES, PLATFORM_ROLE, TENANT_GROUP_ROLE, two[0].ref.schema]],
    ).fetchall()
    assert left == []


def test_logins_end_no_session_of_one_another(two: Any, as_login: As) -> None:
    victim = as_login(WORKER_LOGIN).info.backend_pid
    for login, role in ((WEB_LOGIN, AUTHENTICATION_ROLE), (RELAY_LOGIN, QUEUE_ROLE), (WEB_LOGIN, DIRECTORY_ROLE)):
        for function in ("pg_terminate_backend", "pg_cancel_backend"):
            for taken in (role, "none"):
                with pytest.raises(errors.InsufficientPrivilege):
                    as_login(login, taken).execute(f"SELECT {function}(%s)", [victim])
