"""What SQL reaches under each database role: people are their own tenant's, and password hashes the authentication role's alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from automate.kernel.roles import AUTHENTICATION_ROLE, OPERATOR_ROLE, PLATFORM_ROLE, STAFF_ROLE, WEB_LOGIN, WORKER_LOGIN
from tests.support.people import Person, join, make_person, new_member

Take = Callable[..., psycopg.Connection[Any]]
READERS = """
SELECT r.rolname FROM pg_roles r
WHERE NOT r.rolsuper AND r.rolname LIKE 'automate%%' AND has_column_privilege(r.rolname, %s, %s, 'SELECT')
"""
SECRETS = (("person", "password"), ("person", "last_login"), ("browser_session", "session_data"))


@pytest.fixture
def take(servers: Any, database: Any) -> Iterator[Take]:
    """A session of one login in one tenant's role, with a proof."""
    sessions = []

    def make(login: str, role: str, proof: str = "") -> psycopg.Connection[Any]:
        session = psycopg.connect(servers.login_urls[login], autocommit=True)
        sessions.append(session)
        path = f'"{role}", public' if role.startswith("t_") else "public"
        session.execute(
            "SELECT set_config('role', %s, false), set_config('search_path', %s, false), set_config('automate.proof', %s, false)",
            [role, path, proof],
        )
        return session

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def two(tenant_factory: Callable[[], Any]) -> tuple[Any, Any]:
    return tenant_factory(), tenant_factory()


def test_authentication_role_alone_reads_password_hashes(superuser: psycopg.Connection[Any], two: Any) -> None:
    """The owner of the tables aside, and the role of one-login installations, which is a member of all others."""
    for table, column in SECRETS:
        readers = {role for (role,) in superuser.execute(READERS, [table, column])}
        allowed = {AUTHENTICATION_ROLE, PLATFORM_ROLE, "automate_admin"}
        if column == "last_login":
            allowed |= {OPERATOR_ROLE, STAFF_ROLE}
        assert readers <= allowed
        assert AUTHENTICATION_ROLE in readers


@pytest.mark.parametrize("login", [WEB_LOGIN, WORKER_LOGIN])
def test_tenant_sees_its_own_members_and_no_password(take: Take, two: Any, login: str) -> None:
    mine, theirs = two
    ada, bob = new_member(mine.ref, "owner"), new_member(theirs.ref, "owner")
    both = make_person()
    join(both, mine.ref, "viewer")
    join(both, theirs.ref, "viewer")
    session = take(login, mine.ref.schema)
    assert {row[0] for row in session.execute("SELECT email FROM person")} == {ada.email, both.email}
    assert {row[0] for row in session.execute("SELECT tenant_id FROM membership")} == {mine.ref.id}
    assert session.execute("SELECT 1 FROM person WHERE id = %s", [bob.id]).fetchall() == []
    for statement in ("SELECT password FROM person", "SELECT * FROM person", "SELECT is_staff FROM person"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement)
    assert session.execute("SELECT user_id FROM sign_in").fetchall() == []


def attack(session: psycopg.Connection[Any], tenant: Any, person: Person, membership: uuid.UUID) -> list[int | str]:
    """How many rows each write touched; ``refused`` where PostgreSQL raised."""
    new = [uuid.uuid4(), tenant.ref.id, person.id]
    writes: list[tuple[str, list[Any]]] = [
        ("UPDATE membership SET role = 'owner' WHERE id = %s", [membership]),
        ("DELETE FROM membership WHERE id = %s", [membership]),
        ("INSERT INTO membership (id, tenant_id, user_id, role, created_at) VALUES (%s, %s, %s, 'owner', now())", new),
        (
            (
                "INSERT INTO invitation (id, tenant_id, email, role, token_hash, serial, invited_by, created_at, expires_at)"
                " VALUES (%s, %s, 'eve@example.test', 'owner', %s, 1, '{}', now(), now() + interval '1 day')"
            ),
            [uuid.uuid4(), tenant.ref.id, uuid.uuid4().hex],
        ),
        ("UPDATE person SET name = 'x' WHERE id = %s", [person.id]),
        (
            "INSERT INTO sign_in (id, user_id, proof, created_at, expires_at) VALUES (%s, %s, 'x', now(), now())",
            new[::2],
        ),
    ]
    found: list[int | str] = []
    for statement, parameters in writes:
        try:
            with session.transaction(force_rollback=True):
                found.append(session.execute(statement, parameters).rowcount)
        except (errors.InsufficientPrivilege, errors.RestrictViolation):
            found.append("refused")
    return found


def test_injected_sql_without_a_proof_makes_no_member(take: Take, two: Any) -> None:
    mine, theirs = two
    viewer, outsider, owner = make_person(), make_person(), new_member(mine.ref, "owner")
    membership = join(viewer, mine.ref, "viewer")
    elsewhere = new_member(theirs.ref, "owner")
    for proof in ("", "x" * 64, elsewhere.proof):
        session = take(WEB_LOGIN, mine.ref.schema, proof)
        assert attack(session, mine, outsider, membership) == [0, 0, "refused", "refused", "refused", "refused"]
    # A viewer's own proof lets the viewer leave, and nothing else.
    session = take(WEB_LOGIN, mine.ref.schema, viewer.proof)
    assert attack(session, mine, outsider, membership) == [0, 1, "refused", "refused", "refused", "refused"]
    # The proof of an owner, on the login of a worker.
    session = take(WORKER_LOGIN, mine.ref.schema, owner.proof)
    assert attack(session, mine, outsider, membership) == [0, 0, "refused", "refused", "refused", "refused"]


def test_proof_of_an_owner_manages_members_and_makes_none_out_of_nothing(take: Take, two: Any) -> None:
    """A member comes from an invitation alone."""
    mine, _ = two
    owner, viewer, outsider = new_member(mine.ref, "owner"), make_person(), make_person()
    membership = join(viewer, mine.ref, "viewer")
    session = take(WEB_LOGIN, mine.ref.schema, owner.proof)
    assert attack(session, mine, outsider, membership) == [1, 1, "refused", 1, "refused", "refused"]


def test_proof_of_an_ended_sign_in_and_of_a_deactivated_owner_is_worth_nothing(
    take: Take, two: Any, superuser: psycopg.Connection[Any]
) -> None:
    from tenants.people import sign_ins

    mine, _ = two
    new_member(mine.ref, "owner")
    gone, inactive, viewer = new_member(mine.ref, "owner"), new_member(mine.ref, "owner"), make_person()
    membership = join(viewer, mine.ref, "viewer")
    sign_ins.end(gone.session)
    superuser.execute("UPDATE person SET is_active = false WHERE id = %s", [inactive.id])
    for person in (gone, inactive):
        session = take(WEB_LOGIN, mine.ref.schema, person.proof)
        assert attack(session, mine, viewer, membership)[:2] == [0, 0]


def test_authentication_role_makes_no_staff(take: Take, two: Any) -> None:
    session = take(WEB_LOGIN, AUTHENTICATION_ROLE)
    insert = (
        "INSERT INTO person (id, email, name, password, is_active, is_staff, is_superuser, date_joined)"
        " VALUES (%s, %s, '', '', true, %s, %s, now())"
    )
    for staff, superuser in ((True, False), (False, True)):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(insert, [uuid.uuid4(), f"{uuid.uuid4().hex}@example.test", staff, superuser])
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute("UPDATE person SET is_staff = true")
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute("DELETE FROM person")


def test_database_keeps_the_last_owner_whoever_asks(superuser: psycopg.Connection[Any], two: Any) -> None:
    mine, _ = two
    owner = make_person()
    membership = join(owner, mine.ref, "owner")
    for statement in ("UPDATE membership SET role = 'admin' WHERE id = %s", "DELETE FROM membership WHERE id = %s"):
        with pytest.raises(errors.RestrictViolation):
            superuser.execute(statement, [membership])
    new_member(mine.ref, "owner")
    assert superuser.execute("DELETE FROM membership WHERE id = %s", [membership]).rowcount == 1
