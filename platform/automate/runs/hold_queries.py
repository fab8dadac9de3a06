"""Pauses of runs, workflows, rules and tenants. A run waits while the run, its workflow, its rule or its tenant is paused."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch
from automate.runs.states import JOB_OF_RUN

WORKFLOW, RULE = "workflow", "rule"
"""The kinds of holds, which are also the causes for which jobs are parked."""
TENANT = "tenant"
"""The hold of a tenant. Jobs need no cause for this hold, because it stops the tenant's whole queue."""
BUSY = ""
"""Means that the workflow, rule or tenant is being paused or resumed by another transaction."""

# Does not wait for locks: the caller holds jobs that the lock's holder may be waiting for.
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
HELD = f"""
SELECT r.id FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
WHERE r.id = ANY (%s) AND (r.paused_at IS NOT NULL OR w.paused_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = {JOB_OF_RUN} AND j.restored))
"""


def holding(tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the queued runs that must not start, each with the kind of the paused object, such as ``workflow``.

    The kind is an empty text if another transaction is pausing or resuming the object.
    """
    return dict(fetch(HOLDING, {"tenant": tenant_id, "runs": list(run_ids)})) if run_ids else {}


def share_workflows(run_ids: Sequence[uuid.UUID]) -> None:
    """Lock the workflows of these runs. Until this transaction ends, no other transaction can pause or resume them."""
    fetch(SHARE, [list(run_ids)])


def held(run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the ids of the runs that must not continue, out of ``run_ids``."""
    return {run_id for (run_id,) in fetch(HELD, [list(run_ids)])}
