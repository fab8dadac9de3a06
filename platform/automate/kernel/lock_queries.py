"""Finds the database sessions that hold locks on rows of a table."""

from __future__ import annotations

from django.db import connection

# Sessions that lock or change rows of the table and do not wait themselves. The table is looked up in the tenant's own
# schema: a shared table gives no result, because its holders may belong to other tenants.
HOLDERS = """
SELECT h.pid, a.application_name
FROM pg_locks h JOIN pg_stat_activity a ON a.pid = h.pid
WHERE h.locktype = 'relation' AND h.granted AND h.mode <> 'AccessShareLock' AND h.pid <> pg_backend_pid()
  AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND h.relation = to_regclass(quote_ident(current_schema()) || '.' || quote_ident(%s))
  AND NOT EXISTS (SELECT 1 FROM pg_locks w WHERE w.pid = h.pid AND NOT w.granted)
ORDER BY h.pid LIMIT 5
"""


def holders(table: str) -> list[tuple[int, str]]:
    """Return the backend pid and the process name of at most five sessions that lock or change rows of a table."""
    with connection.cursor() as cursor:  # not kernel.sql, whose importers use this module
        cursor.execute(HOLDERS, [table])
        return [(pid, name) for pid, name in cursor.fetchall()]
