"""What is paused of runs, of their workflows and of their rules, and of the tenant: a run goes on only where none of these is.

Each hold stands in one place: in ``paused_at`` of what somebody paused, and for a tenant in its lane. Whoever pauses or
resumes locks that row; whoever lets runs begin or go on shares it until the end of the transaction. So a run either sees a
pause or is seen by it, nothing begins once a pause has been answered, and a resumption finds whatever was parked before it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch

WORKFLOW, RULE = "workflow", "rule"
"""What holds a run, and the causes for which its job is parked then."""
TENANT = "tenant"
"""This holds a run as well; its job needs no cause, for the whole lane stands still."""
BUSY = ""
"""Its workflow, its rule or its tenant is being paused or resumed just now."""

# It does not wait: whoever asks holds jobs already, which the other side may be waiting for.
HOLDING = """
WITH asked AS (SELECT id, workflow_id, rule_id FROM execution_run WHERE id = ANY (%(runs)s)),
flow AS (
    SELECT id, paused_at FROM workflow WHERE id IN (SELECT workflow_id FROM asked) ORDER BY id FOR KEY SHARE SKIP LOCKED
), rule AS (
    SELECT id, paused_at FROM rule_spec WHERE id IN (SELECT rule_id FROM asked) ORDER BY id FOR KEY SHARE SKIP LOCKED
), lane AS (
    SELECT tenant_id, paused OR held AS stands FROM public.outbox_lane WHERE tenant_id = %(tenant)s FOR SHARE SKIP LOCKED
)
SELECT asked.id, CASE WHEN rule.paused_at IS NOT NULL THEN 'rule' WHEN flow.paused_at IS NOT NULL THEN 'workflow'
                      WHEN lane.stands THEN 'tenant' ELSE '' END
FROM asked LEFT JOIN flow ON flow.id = asked.workflow_id LEFT JOIN rule ON rule.id = asked.rule_id LEFT JOIN lane ON true
WHERE rule.paused_at IS NOT NULL OR flow.paused_at IS NOT NULL OR flow.id IS NULL OR lane.stands OR lane.tenant_id IS NULL
   OR (rule.id IS NULL AND EXISTS (SELECT 1 FROM rule_spec gone WHERE gone.id = asked.rule_id))
"""
SHARE = """
SELECT id FROM workflow WHERE id IN (SELECT workflow_id FROM execution_run WHERE id = ANY (%s)) ORDER BY id FOR KEY SHARE
"""
HELD = """
SELECT r.id FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
WHERE r.id = ANY (%s) AND (r.paused_at IS NOT NULL OR w.paused_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = coalesce(r.job_id, r.id) AND j.restored))
"""


def holding(tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Queued runs that may not begin, each with what holds it, or BUSY."""
    return dict(fetch(HOLDING, {"tenant": tenant_id, "runs": list(run_ids)})) if run_ids else {}


def share_workflows(run_ids: Sequence[uuid.UUID]) -> None:
    """Keep the workflows of runs from being paused or resumed until the transaction ends. Waits for who does it now."""
    fetch(SHARE, [list(run_ids)])


def held(run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the runs that are paused by themselves, or whose workflow is, or that wait since the database was restored."""
    return {run_id for (run_id,) in fetch(HELD, [list(run_ids)])}
