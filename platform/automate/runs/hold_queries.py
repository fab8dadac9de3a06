"""What is paused of runs, of their workflows and of their rules: a run goes on only where none of these is.

Each hold stands in one place, in ``paused_at`` of what somebody paused. Whoever pauses or resumes a workflow or a rule locks
its row for update; whoever lets runs of it begin or go on shares the row until the end of the transaction. So a run either
sees a pause or is seen by it, and a resumption finds whatever was parked before it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch

WORKFLOW, RULE = "workflow", "rule"
"""What holds a run, and the causes for which its job is parked then."""
BUSY = ""
"""Its workflow or rule is being paused or resumed just now."""

# It does not wait: whoever asks holds jobs already, which the other side may be waiting for.
HOLDING = """
WITH asked AS (SELECT id, workflow_id, rule_id FROM execution_run WHERE id = ANY (%s)),
flow AS (
    SELECT id, paused_at FROM workflow WHERE id IN (SELECT workflow_id FROM asked) ORDER BY id FOR KEY SHARE SKIP LOCKED
), rule AS (
    SELECT id, paused_at FROM rule_spec WHERE id IN (SELECT rule_id FROM asked) ORDER BY id FOR KEY SHARE SKIP LOCKED
)
SELECT asked.id, CASE WHEN rule.paused_at IS NOT NULL THEN 'rule' WHEN flow.paused_at IS NOT NULL THEN 'workflow' ELSE '' END
FROM asked LEFT JOIN flow ON flow.id = asked.workflow_id LEFT JOIN rule ON rule.id = asked.rule_id
WHERE rule.paused_at IS NOT NULL OR flow.paused_at IS NOT NULL OR flow.id IS NULL
   OR (rule.id IS NULL AND EXISTS (SELECT 1 FROM rule_spec gone WHERE gone.id = asked.rule_id))
"""
SHARE = """
SELECT id FROM workflow WHERE id IN (SELECT workflow_id FROM execution_run WHERE id = ANY (%s)) ORDER BY id FOR KEY SHARE
"""
HELD = """
SELECT r.id FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
WHERE r.id = ANY (%s) AND (r.paused_at IS NOT NULL OR w.paused_at IS NOT NULL)
"""


def holding(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Queued runs that may not begin, each with what holds it, or BUSY."""
    return dict(fetch(HOLDING, [list(run_ids)])) if run_ids else {}


def share_workflows(run_ids: Sequence[uuid.UUID]) -> None:
    """Keep the workflows of runs from being paused or resumed until the transaction ends. Waits for who does it now."""
    fetch(SHARE, [list(run_ids)])


def held(run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the runs that are paused by themselves, or whose workflow is."""
    return {run_id for (run_id,) in fetch(HELD, [list(run_ids)])}
