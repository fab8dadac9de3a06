"""The database roles and their logins. See docs/decisions/database-roles.md.

A login owns no table. It reaches a table after ``SET ROLE``. This module imports no Django.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

AUTHENTICATION_ROLE = "automate_authentication"
"""Looks up API tokens by their digests."""
DIRECTORY_ROLE = "automate_directory"
"""Looks up tenants by slug, id and hostname."""
QUEUE_ROLE = "automate_queue"
"""Moves the jobs of all tenants through the outbox. It cannot finish a job, and does not see the job's subject or
error."""
METRICS_ROLE = "automate_metrics"
"""Counts the jobs and run slots of all tenants, for the relay's metrics."""
OPERATOR_ROLE = "automate_operator"
"""Writes tenants and tokens. Row-level security demands the proof of a platform token, see ``proof_of``."""
STAFF_ROLE = "automate_staff"
"""Reads tenants, people and tokens for Django admin, and revokes tokens. Row-level security demands the proof of a
staff member's sign-in."""
TENANT_GROUP_ROLE = "automate_tenant"
"""The group of all tenants' roles. It holds the rights on shared tables."""
ANY_TENANT_ROLE = "automate_any_tenant"
"""A role that is a member of each tenant's role. It inherits no rights. Its members can switch to any tenant's role."""
PLATFORM_ROLE = "automate_platform"
"""One role that includes all platform roles, as in older installations. No process's database login is a member."""

PLATFORM_ROLES = (AUTHENTICATION_ROLE, DIRECTORY_ROLE, QUEUE_ROLE, METRICS_ROLE, OPERATOR_ROLE, STAFF_ROLE)

ADMIN_LOGIN = "automate_admin"
"""Owns the database. For ``automate migrate``, ``automate platform-token`` and the scheduler."""
SHARED_LOGIN = "automate_app"
"""The only database login in older installations. The web process, the relay and the workers share it."""
WEB_LOGIN, RELAY_LOGIN, WORKER_LOGIN = "automate_web", "automate_relay", "automate_worker"

TAKEN_BY: Mapping[str, Sequence[str]] = {
    WEB_LOGIN: (AUTHENTICATION_ROLE, DIRECTORY_ROLE, OPERATOR_ROLE, STAFF_ROLE, ANY_TENANT_ROLE),
    RELAY_LOGIN: (QUEUE_ROLE, METRICS_ROLE),
    WORKER_LOGIN: (DIRECTORY_ROLE, QUEUE_ROLE, ANY_TENANT_ROLE),
}
"""Login -> the roles to which it may switch."""

LOGIN_OF: Mapping[str, str] = {
    "web": WEB_LOGIN,
    "relay": RELAY_LOGIN,
    "worker": WORKER_LOGIN,
    "scheduler": WORKER_LOGIN,
}
"""Process -> its login. The scheduler works for tenants as a worker does, and also has the administrator's login."""

VARIABLE_OF: Mapping[str, str] = {
    WEB_LOGIN: "AUTOMATE_WEB_DATABASE_URL",
    RELAY_LOGIN: "AUTOMATE_RELAY_DATABASE_URL",
    WORKER_LOGIN: "AUTOMATE_WORKER_DATABASE_URL",
}
"""Login -> the variable with its URL. Without the variable, a process uses ``DATABASE_URL``."""

_POWERLESS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
LOGIN_ATTRIBUTES = f"LOGIN NOINHERIT {_POWERLESS}"
ADMIN_ATTRIBUTES = "LOGIN CREATEROLE INHERIT NOSUPERUSER NOCREATEDB NOBYPASSRLS NOREPLICATION"
GROUP_ATTRIBUTES: Mapping[str, str] = {
    **dict.fromkeys((*PLATFORM_ROLES, TENANT_GROUP_ROLE, PLATFORM_ROLE), f"NOLOGIN {_POWERLESS}"),
    ANY_TENANT_ROLE: f"NOLOGIN NOINHERIT {_POWERLESS}",
}

WRITERS_OUTSIDE_TABLES = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
  AND (p.proname ~ '^lo_' OR p.proname IN ('loread', 'lowrite', 'pg_logical_emit_message'))
ORDER BY 1
"""
"""Functions that store bytes outside any table: large objects, and messages in the write-ahead log."""


def create_group(role: str) -> str:
    # Also succeeds if another process creates the role meanwhile.
    return (
        f"DO $$ BEGIN CREATE ROLE {role} {GROUP_ATTRIBUTES[role]};"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


def group_statements() -> list[str]:
    """Return the statements that create all group roles. The statements can be executed repeatedly."""
    return [
        *map(create_group, GROUP_ATTRIBUTES),
        f"GRANT {', '.join(PLATFORM_ROLES)}, {ANY_TENANT_ROLE} TO {PLATFORM_ROLE}",
    ]


def login_grants(login: str) -> str:
    """Return the statement that allows a login to switch to its roles."""
    return f"GRANT {', '.join(TAKEN_BY[login])} TO {login}"
