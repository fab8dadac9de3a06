"""Removes old rows. For this, it uses the role that owns the schemas.

The logins of web processes and workers are not allowed to remove these rows.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.feed_log_queries import PRUNED_AFTER_SECONDS, Position
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.tenancy import administering
from automate.workflows.transitions import TRIALS

TRIAL_KEPT_SECONDS = 1 * DAY_SECONDS
"""Minimum time that a version is kept if it was only tested. A draft that is tested again within this time
gets the same version."""
TRIALS_AT_ONCE = 500

RETAINING = "SET LOCAL automate.retention = 'on'"
# A test holds a shared lock on its version, and may be about to start the version's first run.
TRY = f"SELECT pg_try_advisory_xact_lock({TRIALS}, hashtext(current_schema()))"
# Only test runs use a version without a number.
FORGET_TRIALS = """
DELETE FROM workflow_version WHERE id = ANY (ARRAY(
    SELECT v.id FROM workflow_version v
    WHERE v.number = 0 AND v.published_at < now() - make_interval(secs => %s)
      AND NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.test AND r.workflow_version_id = v.id)
    LIMIT %s))
"""

FEED_LOGS = ("event_log", "approval_log")
"""Logs that only feeds and followed lists need. The run log is the timeline of its runs, and is removed with them."""
FEED_ROWS_AT_ONCE = 5_000
# Remove the oldest rows, up to the first young one: a row that exists proves that no later row is missing. The newest
# row stays, because cursors of an idle tenant refer to it.
END_OF_OLD_ROWS = """
SELECT head.epoch, head.xid, head.id, head.place
FROM (SELECT epoch, xid, id FROM {table} ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1) AS newest CROSS JOIN (
    SELECT *, row_number() OVER (ORDER BY epoch, xid, id) AS place,
           bool_and(occurred_at < now() - make_interval(secs => %s)) OVER (ORDER BY epoch, xid, id) AS is_old
    FROM (SELECT * FROM {table} WHERE (epoch, xid, id) > (%s, %s, %s) ORDER BY epoch, xid, id LIMIT %s) AS first
) AS head
WHERE head.is_old AND (head.epoch, head.xid, head.id) < (newest.epoch, newest.xid, newest.id)
ORDER BY head.place DESC LIMIT 1
"""
# Scan the index from the end of the last call: the entries of removed rows remain in the index until vacuum.
PRUNE_FEED_LOG = "DELETE FROM {table} WHERE (epoch, xid, id) > (%s, %s, %s) AND (epoch, xid, id) <= (%s, %s, %s)"


def prune_feed_log(
    connection: BaseDatabaseWrapper, schema: str, table: str, after: Position = (0, 0, 0)
) -> tuple[int, Position]:
    # In one small transaction. No cursor can resume from the removed rows. `after`: the position of the last call.
    age = settings.FEED_HORIZON_SECONDS + PRUNED_AFTER_SECONDS
    with (
        administering(schema),
        transaction.atomic(using=connection.alias, durable=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(RETAINING)
        cursor.execute(END_OF_OLD_ROWS.format(table=table), [age, *after, FEED_ROWS_AT_ONCE])
        row = cursor.fetchone()
        if row is None:
            return 0, after
        epoch, xid, entry, removed = row
        cursor.execute(PRUNE_FEED_LOG.format(table=table), [*after, epoch, xid, entry])
    return removed, (epoch, xid, entry)


def forget_trials(connection: BaseDatabaseWrapper, schema: str) -> int:
    # Versions that no run uses. `connection` has the login of the schema's owner.
    with (
        administering(schema),
        transaction.atomic(using=connection.alias, durable=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(RETAINING)
        cursor.execute(TRY)
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute(FORGET_TRIALS, [TRIAL_KEPT_SECONDS, TRIALS_AT_ONCE])
        return int(cursor.rowcount)
