"""Sets and removes the mark of a paused run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch

# Also for a run in hand: its worker then pauses it.
HOLD = """
UPDATE execution_run SET paused_at = now(), state_reason = left(%s, 255) WHERE id = ANY (%s) AND paused_at IS NULL RETURNING id
"""
LET_GO = """
UPDATE execution_run SET paused_at = NULL, state_reason = CASE WHEN state = 'paused' THEN 'paused' ELSE '' END
WHERE id = ANY (%s) AND paused_at IS NOT NULL RETURNING id
"""


def hold(run_ids: Sequence[uuid.UUID], reason: str) -> set[uuid.UUID]:
    """Pause runs. Returns the runs that this call paused. Runs that were paused earlier are not returned."""
    return {run_id for (run_id,) in fetch(HOLD, [reason, list(run_ids)])}


def let_go(run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    return {run_id for (run_id,) in fetch(LET_GO, [list(run_ids)])}
