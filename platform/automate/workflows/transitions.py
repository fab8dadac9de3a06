"""Who makes versions that are only tested, and who removes them."""

from __future__ import annotations

import uuid

from automate.kernel.sql import fetch
from automate.kernel.transactions import require_transaction

TRIALS = 0x74726961
"""The first half of an advisory lock's key; the second is the schema. Shared by those who test, alone for whoever removes."""
KEEP_TRIALS = f"SELECT pg_advisory_xact_lock_shared({TRIALS}, hashtext(current_schema()))"

# Foreign keys are looked at when a transaction ends, too late for an answer.
KEEP_WORKFLOW = "SELECT id FROM workflow WHERE id = %s FOR KEY SHARE"


def keep_trials() -> None:
    """No version of this tenant that was only tested goes before the transaction ends: one is about to be run again."""
    require_transaction()
    fetch(KEEP_TRIALS)


def keep_workflow(workflow_id: uuid.UUID) -> bool:
    """Whether it is there; it is not deleted then before the transaction ends."""
    require_transaction()
    return bool(fetch(KEEP_WORKFLOW, [workflow_id]))
