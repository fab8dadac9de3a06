"""The database logins of the processes: what each may take, and code that runs as one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from tests.support.servers import Servers

# Roles that the session's login may take, itself among them; by name. Before PostgreSQL 16 each member may.
TAKEABLE = """
SELECT rolname FROM pg_roles
WHERE pg_has_role(session_user, oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
ORDER BY rolname
"""
# What a login may do with the public tables, by each of the roles: whole tables, and single columns of them.
REACH = """
SELECT c.relname, v.verb FROM pg_class c
CROSS JOIN unnest(%(roles)s::text[]) AS r (role)
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS v (verb)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace
  AND (has_table_privilege(r.role, c.oid, v.verb)
       OR (v.verb IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege(r.role, c.oid, v.verb)))
"""
TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace
"""
Session = psycopg.Connection[Any]


def takeable(session: Session) -> set[str]:
    return {role for (role,) in session.execute(TAKEABLE)}


def reach(observer: Session, roles: set[str]) -> dict[str, set[str]]:
    """The verbs by table, empty for a table that none of the roles reaches. observer: any session of the database."""
    found: dict[str, set[str]] = {table: set() for (table,) in observer.execute(TABLES)}
    for table, verb in observer.execute(REACH, {"roles": sorted(roles)}):
        found[table].add(verb)
    return found


@contextmanager
def running_as(servers: Servers, login: str) -> Iterator[None]:
    """Run the code of the block over connections of one login, as its process does."""
    from django.db import connections

    url = urlsplit(servers.login_urls[login])
    settings: dict[str, Any] = connections.settings["default"]
    before: Mapping[str, Any] = {name: settings[name] for name in ("USER", "PASSWORD")}
    connections["default"].close()
    settings.update(USER=url.username, PASSWORD=unquote(url.password or ""))
    try:
        yield
    finally:
        connections["default"].close()
        settings.update(before)
