"""Creates the database and its roles. You can run this code several times.

======================  ======================================================================================
automate_admin          logs in for migrations and the scheduler; owns the database, creates schemas and tenant roles
automate_web            logs in; switches to the roles of the web process
automate_relay          logs in; switches to the roles of the relay
automate_worker         logs in; switches to the roles of workers
======================  ======================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from automate.devserver.database_urls import database_of, with_parts
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import (
    ADMIN_ATTRIBUTES,
    ADMIN_LOGIN,
    GROUP_ATTRIBUTES,
    LOGIN_ATTRIBUTES,
    TAKEN_BY,
    WEB_LOGIN,
    WRITERS_OUTSIDE_TABLES,
    group_statements,
    login_grants,
)

ADMIN = ADMIN_LOGIN
LOGINS = (*TAKEN_BY, ADMIN)

ROLES_LOCK = 0x726F6C65
"""The advisory lock for the setup of roles. Without it, concurrent GRANTs fail with ``tuple concurrently updated``.
Roles belong to the cluster, but an advisory lock belongs to a database. So every installation takes the lock in a
database that each cluster has."""

MAINTENANCE_DATABASES = ("postgres", "template1")


@dataclass(frozen=True)
class RoleUrls:
    """The database URLs of all logins."""

    app_urls: Mapping[str, str]
    """The URLs of the web process, the relay and the workers, by login."""
    admin_url: str
    """The URL of migrations and the scheduler."""

    @property
    def web_url(self) -> str:
        return self.app_urls[WEB_LOGIN]


def may_create_roles(url: str) -> bool:
    """Return whether the database login in a URL can create roles. Raises UNAVAILABLE if the login cannot connect."""
    query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    with _connect(with_parts(url, database="postgres")) as connection:  # its own database may not exist yet
        ((may,),) = connection.execute(query).fetchall()
    return bool(may)


def ensure(creator_url: str, passwords: Mapping[str, str], database: str | None = None) -> RoleUrls:
    """Create missing roles and the database, and change passwords that do not work.

    Raises UNAVAILABLE if there is no connection, and FORBIDDEN if a privilege is missing.
    """
    named = database or database_of(creator_url)
    name = "automate" if not named or named in MAINTENANCE_DATABASES else named
    urls = {login: with_parts(creator_url, user=login, password=passwords[login], database=name) for login in LOGINS}
    try:
        with _connect(with_parts(creator_url, database="postgres")) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
            for login, url in urls.items():
                _ensure_login(connection, login)
                _ensure_password(connection, login, passwords[login], with_parts(url, database="postgres"))
            _ensure_memberships(connection)
            _ensure_database(connection, name)
            with _connect(with_parts(creator_url, database=name)) as inside:
                _close_public_schema(inside)
                close_stores(inside)
    except psycopg.errors.InsufficientPrivilege as error:
        raise NormalizedError("FORBIDDEN", f"{_cannot_create(creator_url)} PostgreSQL says: {error}") from error
    return RoleUrls({login: urls[login] for login in TAKEN_BY}, urls[ADMIN])


def refusal(url: str) -> NormalizedError:
    """Return the error for a ``DATABASE_URL`` whose login has no right to create database roles.

    The login needs this right only if AUTOMATE_ADMIN_DATABASE_URL is not set.
    """
    return NormalizedError("FORBIDDEN", _cannot_create(url))


def _cannot_create(url: str) -> str:
    return (
        f"The role {urlsplit(url).username!r} of DATABASE_URL has no right to create the database roles that isolate tenants. "
        "Either give a superuser's URL once, or create the logins yourself, see docs/deploy.md, and set "
        "AUTOMATE_ADMIN_DATABASE_URL as well."
    )


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=5)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:  # ProgrammingError: the text is not a URL
        where = urlsplit(url)._replace(query="").geturl().rpartition("@")[2]
        raise NormalizedError("UNAVAILABLE", f"PostgreSQL at {where} cannot be reached: {error}") from error


def _ensure_login(connection: psycopg.Connection[tuple[object, ...]], login: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login]).fetchone() is None:
        attributes = ADMIN_ATTRIBUTES if login == ADMIN else LOGIN_ATTRIBUTES
        connection.execute(sql.SQL(f"CREATE ROLE {{}} {attributes}").format(sql.Identifier(login)))


def _ensure_password(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str, url: str) -> None:
    # A password that works is not changed, because another installation may use the same password.
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        connection.execute(statement)


def _ensure_memberships(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    # Since PostgreSQL 16, CREATEROLE alone does not suffice.
    for statement in group_statements():
        connection.execute(statement)
    for login in TAKEN_BY:
        connection.execute(login_grants(login))
    connection.execute(f"GRANT {', '.join((*GROUP_ATTRIBUTES, *TAKEN_BY))} TO {ADMIN} WITH ADMIN OPTION")


def _ensure_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    database = sql.Identifier(name)
    admin = sql.Identifier(ADMIN)
    owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [name]).fetchone()
    if owner is None:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(admin))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(database, admin)
        )
    elif owner[0] != ADMIN:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(admin))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, admin))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    logins = sql.SQL(", ").join(map(sql.Identifier, LOGINS))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, logins))


def _close_public_schema(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(f"ALTER SCHEMA public OWNER TO {ADMIN}")


def close_stores(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    # For example as large objects. Only a superuser can do that. For other roles this does nothing.
    ((superuser,),) = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchall()
    if superuser:
        functions = [str(function) for (function,) in connection.execute(WRITERS_OUTSIDE_TABLES).fetchall()]
        connection.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(functions)} FROM PUBLIC")
