"""Checks the database logins. If a login is missing, the check prints the SQL that adds the login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from psycopg import sql

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, address, fail, ok, warn
from automate.kernel.roles import (
    GROUP_ATTRIBUTES,
    LOGIN_ATTRIBUTES,
    PLATFORM_ROLE,
    SHARED_LOGIN,
    TAKEN_BY,
    VARIABLE_OF,
    login_grants,
)


def logins(connection: queries.Connection, user: str, given: Mapping[str, str]) -> Iterator[Finding]:
    """Check the database logins of the processes."""
    database = connection.info.dbname
    existing = {name for (name,) in queries.rows(connection, queries.EXISTING, [[*TAKEN_BY, SHARED_LOGIN]])}
    missing = _statements(connection, database, existing)
    shared = queries.rows(connection, queries.MEMBERSHIPS, [[user], [PLATFORM_ROLE]]) != []
    if shared:
        variables = ", ".join(VARIABLE_OF.values())
        yield warn(
            f"All processes may share the login {user}, which can issue platform tokens and act as any of them",
            f"Create separate logins for the web process, the relay and the workers. As a superuser, in the database {database}:",
            (*missing, *_stores(connection)),
            "Then give each login a password (psql: \\password automate_web), issue a new platform token, set"
            f" {variables}, each for its own process, and restart the processes one after another.",
        )
    elif missing:
        yield fail(
            "The logins of the web process, the relay and the workers are incomplete",
            f"Run `automate roles`, or as a superuser, in the database {database}:",
            tuple(missing),
        )
    if not shared:
        yield from _closed_stores(connection, database)
        yield from _retired(connection, existing)
    yield from _reached(given)
    for (role,) in queries.rows(connection, queries.STORED_SETTINGS, [list(GROUP_ATTRIBUTES)]):
        yield warn(
            f"The role {role} has settings, which the platform never creates",
            "Check pg_db_role_setting: an attacker's SQL may have stored text there. As a superuser:",
            (f"ALTER ROLE {role} RESET ALL;",),
        )


def _statements(connection: queries.Connection, database: str, existing: set[str]) -> list[str]:
    # Empty if nothing is missing.
    found = set(queries.rows(connection, queries.MEMBERSHIPS, [list(TAKEN_BY), list(GROUP_ATTRIBUTES)]))
    made = [login for login in TAKEN_BY if login not in existing]
    ungranted = [login for login in TAKEN_BY if not {(login, role) for role in TAKEN_BY[login]} <= found]
    connecting = {login for (login,) in queries.rows(connection, queries.CONNECTING, [sorted(existing)])}
    apart = [login for login in TAKEN_BY if login not in connecting]
    quoted = sql.Identifier(database).as_string(connection)
    return [
        *(f"CREATE ROLE {login} {LOGIN_ATTRIBUTES};" for login in made),
        *(f"{login_grants(login)};" for login in ungranted),
        *([f"GRANT CONNECT ON DATABASE {quoted} TO {', '.join(apart)};"] if apart else []),
    ]


def _stores(connection: queries.Connection) -> list[str]:
    functions = [name for (name,) in queries.rows(connection, queries.OPEN_STORES)]
    return [f"REVOKE EXECUTE ON FUNCTION {', '.join(functions)} FROM PUBLIC;"] if functions else []


def _closed_stores(connection: queries.Connection, database: str) -> Iterator[Finding]:
    if statements := _stores(connection):
        yield warn(
            "The processes' logins may store bytes outside the tables, such as large objects",
            f"Only a superuser can forbid it. In the database {database}:",
            tuple(statements),
        )
    else:
        yield ok("The processes' logins store nothing outside the tables")


def _retired(connection: queries.Connection, existing: set[str]) -> Iterator[Finding]:
    if SHARED_LOGIN not in existing:
        return
    ((sessions,),) = queries.rows(connection, queries.SESSIONS, [SHARED_LOGIN])
    if sessions:
        yield warn(
            f"{sessions} sessions still use the login {SHARED_LOGIN}",
            "Restart their processes with separate logins. Then doctor prints how to drop this login.",
        )
    else:
        yield warn(
            f"No session uses the login {SHARED_LOGIN}, but this login can still issue platform tokens",
            "When no process of an older release runs any more, drop the login and its grants. As a superuser, in each database of the platform:",
            (f"DROP OWNED BY {SHARED_LOGIN};", f"DROP ROLE {SHARED_LOGIN};"),
        )


def _reached(given: Mapping[str, str]) -> Iterator[Finding]:
    for login, url in given.items():
        try:
            with queries.connected(url) as connection:
                user = connection.info.user
                found = {
                    role for _, role in queries.rows(connection, queries.MEMBERSHIPS, [[user], list(GROUP_ATTRIBUTES)])
                }
        except queries.AWAY as error:
            said = " ".join(str(error).split())
            yield fail(f"PostgreSQL at {address(url)}: {said}", f"Correct {VARIABLE_OF[login]}.")
            continue
        lacking = [role for role in TAKEN_BY[login] if role not in found]
        if lacking:
            yield fail(
                f"{user} cannot switch to {', '.join(lacking)}", f"Set {VARIABLE_OF[login]} to a URL of {login}."
            )
        else:
            yield ok(f"{VARIABLE_OF[login]} names {user}")
