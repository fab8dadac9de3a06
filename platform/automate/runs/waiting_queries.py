"""Reads the reasons why runs do not proceed. One statement reads them for many runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets.kinds import EVENTS, METRICS
from automate.budgets.models import RUN_SLOT
from automate.effects.breakers.transitions import CAUSE
from automate.kernel.queries import EXACT_COUNT
from automate.kernel.sql import fetch
from automate.rules.windows.words import TURN
from automate.runs.states import JOB_OF_RUN, RUN_OPEN_SQL
from automate.runs.waiting import Hold

_CAUSES = ", ".join(f"'{cause}'" for cause in sorted({*METRICS, RUN_SLOT} - {EVENTS}))
OF_BUDGET = f"j.parked <> '' AND j.parked IN ({_CAUSES}) AND NOT j.restored"
"""Condition on a job: a budget holds its run."""
# With OFFSET, PostgreSQL reads the job of each run that it looks at. Without it, PostgreSQL may read all jobs that wait.
HELD_BY_BUDGET = f"EXISTS (SELECT FROM public.outbox_job AS j WHERE j.id = {JOB_OF_RUN} AND {OF_BUDGET} OFFSET 0)"
# For each open run: its job, the pauses above it, its place among jobs parked for the same cause, and its waiting step that
# continues first, with the object of its wait.
SELECT_HOLDS = f"""
SELECT r.id, r.state, r.state_reason, j.state, j.parked, CASE WHEN isfinite(j.due_at) THEN j.due_at END,
       l.paused, l.held, w.slug, w.paused_at IS NOT NULL, rule.slug, rule.paused_at IS NOT NULL, queue.position,
       step.key, step.state, CASE step.state WHEN 'waiting' THEN least(step.due_at, r.deadline_at) ELSE step.due_at END, step.error ->> 'code', wait.kind, wait.event_type,
       r.paused_at IS NOT NULL, b.state, b.forced, b.connector, b.target, b.probe_at, b.code,
       turn.position, turn.settings::text, turn.closes_at, coalesce(j.restored, false)
FROM execution_run r
JOIN workflow w ON w.id = r.workflow_id
LEFT JOIN rule_spec rule ON rule.id = r.rule_id
LEFT JOIN public.outbox_job j ON j.id = {JOB_OF_RUN}
LEFT JOIN public.outbox_lane l ON l.tenant_id = j.tenant_id
LEFT JOIN LATERAL (
    SELECT count(*) AS position FROM (
        SELECT 1 FROM public.outbox_job p
        WHERE p.tenant_id = j.tenant_id AND p.parked = j.parked AND p.parked <> '' AND p.id <= j.id LIMIT {EXACT_COUNT + 1}
    ) AS before
) AS queue ON j.parked <> ''
LEFT JOIN LATERAL (
    SELECT latest.* FROM (
        SELECT DISTINCT ON (key, item) id, key, item, state, due_at, error FROM step_run
        WHERE run_id = r.id ORDER BY key, item, attempt DESC
    ) AS latest
    WHERE latest.state IN ('waiting', 'retrying', 'uncertain')
    ORDER BY latest.due_at NULLS LAST, latest.key, latest.item LIMIT 1
) AS step ON r.state IN ('running', 'waiting', 'cancelling')
LEFT JOIN step_wait wait ON wait.step_id = step.id
LEFT JOIN LATERAL (
    SELECT w.settings, w.closes_at, (
        SELECT count(*) FROM (
            SELECT 1 FROM throttled_run b
            WHERE b.window_id = t.window_id AND (b.place, b.event_id, b.run_id) <= (t.place, t.event_id, t.run_id)
            LIMIT {EXACT_COUNT + 1}
        ) AS before
    ) AS position
    FROM throttled_run t JOIN rule_window w ON w.id = t.window_id WHERE t.run_id = r.id
) AS turn ON j.parked = '{TURN}'
LEFT JOIN circuit_breaker b ON j.parked = '{CAUSE}' || b.digest
WHERE r.id = ANY (%s) AND r.state IN ({RUN_OPEN_SQL})
"""


def holds_of(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, Hold]:
    """Return why each of these runs waits. The result has no entry for an ended run."""
    return {hold.run_id: hold for hold in (Hold(*row) for row in fetch(SELECT_HOLDS, [list(runs)]))}
