"""SQL that locks workflows, and SQL that locks the versions of live tests."""

from __future__ import annotations

import uuid

from automate.kernel.sql import fetch
from automate.kernel.transactions import require_transaction

TRIALS = 0x74726961
"""The first half of the key of an advisory lock. The second half is the schema. Tests share the lock. A
removal holds it exclusively."""
KEEP_TRIALS = f"SELECT pg_advisory_xact_lock_shared({TRIALS}, hashtext(current_schema()))"

# Foreign keys are checked when a transaction ends, too late for an answer.
KEEP_WORKFLOW = "SELECT id FROM workflow WHERE id = %s FOR KEY SHARE"


def keep_trials() -> None:
    # A run of such a version is about to start.
    require_transaction()
    fetch(KEEP_TRIALS)


def keep_workflow(workflow_id: uuid.UUID) -> bool:
    # An existing workflow cannot be deleted before the transaction ends.
    require_transaction()
    return bool(fetch(KEEP_WORKFLOW, [workflow_id]))
