"""All statements that write usage. A closed hour never changes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.json_values import JsonValue
from automate.kernel.sql import as_set, execute
from automate.kernel.transactions import require_transaction

KIND_OF_RUN = """
CASE WHEN r.test THEN 'test' WHEN r.retry_of_id IS NOT NULL THEN 'retry'
     WHEN r.started_by <> '' AND r.rule_id IS NOT NULL THEN 'replay' ELSE 'normal' END
"""
"""SQL for the kind of a run's usage. The alias of ``execution_run`` must be ``r``."""
GRACE_SECONDS = 600
"""An hour stays open this long after its end. Every transaction is shorter."""

# Usage counts in the hour in which its transaction began.
INSERT = """
INSERT INTO public.usage_entry (tenant_id, hour, metric, kind, workflow, connector, amount)
SELECT tenant_id, date_trunc('hour', now(), 'UTC'), metric, kind, workflow, connector, amount
FROM json_to_recordset(%s::json) AS m (tenant_id uuid, metric text, kind text, workflow text, connector text, amount bigint)
"""
LOCK = f"""
SELECT hour + interval '1 hour' FROM usage_closed
WHERE hour + interval '2 hours' <= now() - interval '{GRACE_SECONDS} seconds' FOR UPDATE
"""
# An entry of a closed hour belongs to a transaction that was longer than the grace. It counts in the next hour.
CLOSE = """
WITH gone AS (
    DELETE FROM usage_entry WHERE hour <= %(hour)s RETURNING tenant_id, metric, kind, workflow, connector, amount
)
INSERT INTO usage_hour (tenant_id, hour, metric, kind, workflow, connector, amount)
SELECT tenant_id, %(hour)s::timestamptz, metric, kind, workflow, connector, sum(amount) FROM gone GROUP BY 1, 3, 4, 5, 6 ORDER BY 1, 3, 4, 5, 6
"""
NOTE = "UPDATE usage_closed SET hour = %s"
# Merge entries of open hours into one row each, so that an open hour stays small.
COMPACT = """
WITH gone AS (
    DELETE FROM usage_entry WHERE id <= (SELECT max(id) FROM usage_entry) AND (tenant_id, hour) IN (
        SELECT tenant_id, hour FROM usage_entry GROUP BY tenant_id, hour HAVING count(*) > %s)
    RETURNING tenant_id, hour, metric, kind, workflow, connector, amount
)
INSERT INTO usage_entry (tenant_id, hour, metric, kind, workflow, connector, amount)
SELECT tenant_id, hour, metric, kind, workflow, connector, sum(amount) FROM gone GROUP BY 1, 2, 3, 4, 5, 6
"""
COMPACTED_ABOVE = 1_000


def record(rows: Sequence[Mapping[str, JsonValue | uuid.UUID]]) -> None:
    """Write the usage that the current transaction has caused. Requires a transaction."""
    require_transaction()
    execute(INSERT, [as_set(rows)])


def close_hours(connection: BaseDatabaseWrapper) -> int:
    """Close all past hours, and return the number of closed hours. Requires a transaction of the admin login."""
    closed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(LOCK)
            rows = cursor.fetchall()
            if not rows:
                break
            for (hour,) in rows:
                cursor.execute(CLOSE, {"hour": hour})
                cursor.execute(NOTE, [hour])
                closed += 1
        cursor.execute(COMPACT, [COMPACTED_ABOVE])
    return closed
