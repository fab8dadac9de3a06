"""The queries of ``automate doctor``, on their own connections."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from automate.kernel.answering import AnsweringConnection
from automate.kernel.roles import WRITERS_OUTSIDE_TABLES
from automate.outbox.epochs.here_queries import HERE
from automate.outbox.states import JOB_OPEN_SQL

Connection = psycopg.Connection[TupleRow]
AWAY = psycopg.Error
CONNECT_SECONDS = 5
STATEMENT_MS = 15_000
SCHEMAS_AT_ONCE = 200
"""Each table of a statement takes a lock, and a server has a few thousand."""

ROLES = """
SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication
FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname
"""
# The objects that a role owns, in any database of the cluster.
OWNED = """
SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = %s
"""
EXISTING = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
# Pairs of a login and a role to which it can switch.
MEMBERSHIPS = """
SELECT l.rolname, r.rolname FROM pg_roles l JOIN pg_roles r ON pg_has_role(l.oid, r.oid, 'MEMBER')
WHERE l.rolname = ANY(%s) AND r.rolname = ANY(%s)
"""
CONNECTING = "SELECT l FROM unnest(%s::text[]) AS l WHERE has_database_privilege(l, current_database(), 'CONNECT')"
OPEN_STORES = (
    f"SELECT f FROM ({WRITERS_OUTSIDE_TABLES}) AS s (f) WHERE has_function_privilege(current_user, f, 'EXECUTE')"
)
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
# A role without a login never uses its settings, and may store any text in them.
STORED_SETTINGS = """
SELECT r.rolname FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
WHERE NOT r.rolcanlogin AND (r.rolname ~ '^t_[0-9a-f]{32}$' OR r.rolname = ANY(%s)) ORDER BY 1 LIMIT 1
"""
SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
SPARES = "SELECT count(*) FROM spare_schema"
# The fourth column is true if the epoch belongs to another database: this one is a restored copy, and no relay or worker has
# noticed it yet.
RESTORED = f"""
SELECT e.epoch, e.raised_at::timestamp(0)::text, (SELECT count(*) FROM outbox_job WHERE open AND restored),
       e.system_identifier <> '' AND ROW (e.system_identifier, e.timeline::bigint, e.database_oid::bigint, e.table_oid::bigint)
           IS DISTINCT FROM ROW (here.system_identifier, here.timeline, here.database_oid, here.table_oid)
FROM database_epoch e CROSS JOIN ({HERE}) AS here (system_identifier, timeline, database_oid, table_oid)
"""
DEAD = "SELECT count(*) FROM outbox_job WHERE NOT open AND state = 'dead'"
# Due jobs that are not sent yet. The work of suspended tenants must wait, so it does not count.
BACKLOG = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(j.due_at)), 0)::float8
FROM outbox_job j LEFT JOIN outbox_lane l ON l.tenant_id = j.tenant_id
WHERE j.open AND j.state = 'pending' AND j.parked = '' AND j.due_at < now() AND NOT coalesce(l.paused, false)
"""
# The tenants with this many open runs, the most first.
CROWDED = """
SELECT t.slug, s.held
FROM (SELECT tenant_id, count(*) AS held FROM budget_slot GROUP BY tenant_id HAVING count(*) >= %s) s
JOIN tenant t ON t.id = s.tenant_id ORDER BY s.held DESC, t.slug
"""
# Tenants whose run slots do not agree with their jobs: slots of runs without an open job, and runs beyond the budget. A
# job has the id of its run, or names the run after a redrive.
ASTRAY = f"""
SELECT t.slug, s.ended, greatest(0, s.working - coalesce(b.most, s.working))
FROM (
    SELECT tenant_id, count(*) FILTER (WHERE working) AS working, count(*) FILTER (WHERE NOT EXISTS (
               SELECT 1 FROM outbox_job j WHERE j.id = holder_id AND j.state IN ({JOB_OPEN_SQL}))
           AND NOT EXISTS (SELECT 1 FROM outbox_job j WHERE j.tenant_id = budget_slot.tenant_id AND j.open AND j.subject_id = holder_id)
           ) AS ended
    FROM budget_slot GROUP BY tenant_id
) s JOIN tenant t ON t.id = s.tenant_id
LEFT JOIN (SELECT tenant_id, max("limit") AS most FROM budget WHERE metric = 'concurrent_runs' GROUP BY tenant_id) b
    ON b.tenant_id = s.tenant_id
WHERE s.ended > 0 OR s.working > b.most ORDER BY s.ended DESC, t.slug
"""
# Budgets whose balance is not the sum of their entries in the ledger: the balance, and the sum of used and reserved amounts.
UNBALANCED = """
SELECT t.slug, b.metric, b."window", b.used, e.total
FROM budget b JOIN tenant t ON t.id = b.tenant_id CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount + e.reserved), 0)::bigint AS total FROM budget_entry e
    WHERE e.budget_id = b.id AND e.window_start = b.window_start
) e
WHERE b."window" <> 'always' AND b.used <> e.total ORDER BY t.slug, b.metric, b."window"
"""
RESERVING = """
SELECT t.id, t.schema_name, t.slug FROM tenant t
WHERE EXISTS (SELECT FROM budget b WHERE b.tenant_id = t.id AND b.metric IN ('calls', 'cost')) ORDER BY t.id LIMIT %s
"""
# Budgets of one tenant whose reserved amount in the ledger is not the sum over the calls whose outcome is not known.
UNRESERVED = """
SELECT b.metric, b."window", h.reserved, l.reserved
FROM public.budget b CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.reserved), 0)::bigint AS reserved FROM public.budget_entry e
    WHERE e.budget_id = b.id AND e.window_start = b.window_start
) h CROSS JOIN LATERAL (
    SELECT coalesce(sum((held ->> 2)::bigint), 0)::bigint AS reserved
    FROM execution_run r JOIN effect e ON e.run_id = r.id CROSS JOIN jsonb_array_elements(e.reserved -> 'budgets') held
    WHERE e.reserved IS NOT NULL AND r.finished_at IS NULL AND (held ->> 0)::uuid = b.id AND (held ->> 1)::timestamptz = b.window_start
      AND EXISTS (SELECT FROM step_run s WHERE s.run_id = r.id AND s.key = e.step_key AND s.item = e.item
                    AND s.state IN ('running', 'uncertain'))
) l
WHERE b.tenant_id = %s AND b.metric IN ('calls', 'cost') AND h.reserved <> l.reserved ORDER BY 1, 2
"""
# The horizon of feeds: its lag in transactions, and the oldest transaction that is visible to us.
HORIZON = """
SELECT (pg_snapshot_xmax(s)::text::bigint - pg_snapshot_xmin(s)::text::bigint),
       coalesce((SELECT extract(epoch FROM now() - min(xact_start)) FROM pg_stat_activity
                 WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()), 0)::float8
FROM pg_current_snapshot() AS s
"""
# The number of tables that a dump of this database locks at once, of the sessions that share the locks, and of locks
# for each session.
LOCKS = """
SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')),
       current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int,
       current_setting('max_locks_per_transaction')::int
"""
TENANTS = "SELECT id, schema_name, slug FROM tenant ORDER BY id LIMIT %s"
SEALED = """
SELECT 'source', id, slug, jsonb_path_query_array(secrets, '$[*].sealed') FROM source WHERE secrets <> '[]'
UNION ALL SELECT 'webhook endpoint', id, slug, secrets FROM webhook_endpoint
UNION ALL SELECT 'secret', v.id, s.slug || '@' || v.number, jsonb_build_array(v.sealed)
FROM secret_version v JOIN secret s ON s.id = v.secret_id
"""
TRUSTING = """
SELECT slug FROM source
WHERE deleted_at IS NULL AND enabled AND options @> '{"trust_unsigned_headers": true}' ORDER BY slug
"""
MIGRATIONS = "SELECT app, name FROM public.django_migrations"
SCHEMAS = "SELECT schema_name FROM tenant UNION SELECT 't_' || replace(tenant_id::text, '-', '') FROM spare_schema"


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Open a read-only connection. Raises psycopg.OperationalError."""
    options = f"-c statement_timeout={STATEMENT_MS} -c default_transaction_read_only=on"
    patience = {"connect_timeout": CONNECT_SECONDS, "answer_seconds": STATEMENT_MS / 1000 + 1}
    with AnsweringConnection.connect(url, autocommit=True, options=options, **patience) as connection:
        yield connection


def rows(connection: Connection, statement: str, parameters: Sequence[object] = ()) -> list[TupleRow]:
    return connection.execute(statement, parameters or None).fetchall()


def as_role(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def as_tenant(connection: Connection, schema: str) -> None:
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(schema)))
    connection.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema)))


def clock_difference(connection: Connection) -> float:
    # The error is at most half of a round trip.
    before = time.time()
    ((theirs,),) = rows(connection, "SELECT clock_timestamp()")
    middle = datetime.fromtimestamp((before + time.time()) / 2, timezone.utc)
    ahead: float = (theirs - middle).total_seconds()
    return ahead


def schemas_behind(connection: Connection, wanted: int) -> list[str]:
    schemas = [name for (name,) in rows(connection, SCHEMAS)]
    behind: list[str] = []
    for start in range(0, len(schemas), SCHEMAS_AT_ONCE):
        part = schemas[start : start + SCHEMAS_AT_ONCE]
        counts = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, count(*) FROM {}.django_migrations").format(sql.Literal(name), sql.Identifier(name))
            for name in part
        )
        behind += [name for name, count in connection.execute(counts).fetchall() if count < wanted]
    return behind
