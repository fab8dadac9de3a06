"""What only the owner of a tenant's schema may remove, for the application's role may change and delete no record."""

from __future__ import annotations

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.limits import DAY_SECONDS
from automate.kernel.tenancy import administering
from automate.workflows.transitions import TRIALS

TRIAL_KEPT_SECONDS = 1 * DAY_SECONDS
"""How long a version that was only tested stays at least, so that the same draft, tested again, is the same version."""
TRIALS_AT_ONCE = 500

RETAINING = "SET LOCAL automate.retention = 'on'"
# Whoever tests has it shared, and may be about to run a version that has no run any more.
TRY = f"SELECT pg_try_advisory_xact_lock({TRIALS}, hashtext(current_schema()))"
# No run but a test is of a version without a number.
FORGET_TRIALS = """
DELETE FROM workflow_version WHERE id = ANY (ARRAY(
    SELECT v.id FROM workflow_version v
    WHERE v.number = 0 AND v.published_at < now() - make_interval(secs => %s)
      AND NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.test AND r.workflow_version_id = v.id)
    LIMIT %s))
"""


def forget_trials(connection: BaseDatabaseWrapper, schema: str) -> int:
    """Remove versions that were only tested and that no run is of any more. connection: the owner's. Returns how many went."""
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
