"""Reads the current state of rules. Matches and timers use this state."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from automate.kernel.queries import rows_by_id
from automate.kernel.sql import fetch
from automate.rules.matching import StandingRule, Start, standing_rule

STANDING = """
SELECT rule_id, slug, workflow_id, priority, "when"::text, options::text, generation FROM rule_history
WHERE rule_id = ANY (%s) AND enabled AND to_version IS NULL
"""


# Reads what matches start, in the transaction that creates the runs: nothing for a rule or workflow that is disabled or
# unpublished. To pause or disable either, a transaction locks its row. It waits for this one, and this one for it. So no run
# starts after the answer to such a change.
STARTS = """
WITH matched AS (SELECT * FROM unnest(%(rules)s::uuid[], %(workflows)s::uuid[]) AS m (rule_id, workflow_id)),
flow AS (
    SELECT id, enabled, current_version_id, paused_at, skipping_at, archived_at FROM workflow WHERE id = ANY (%(workflows)s::uuid[]) ORDER BY id FOR KEY SHARE
), rule AS (
    SELECT id, enabled, paused_at FROM rule_spec WHERE id = ANY (%(rules)s::uuid[]) ORDER BY id FOR KEY SHARE
), lane AS (SELECT paused, held FROM public.outbox_lane WHERE tenant_id = %(tenant)s FOR SHARE)
SELECT rule.id, rule.enabled, flow.id, flow.enabled, flow.current_version_id,
       rule.paused_at IS NOT NULL OR flow.paused_at IS NOT NULL OR EXISTS (SELECT 1 FROM lane WHERE paused OR held),
       flow.paused_at IS NOT NULL AND flow.skipping_at IS NOT NULL, flow.archived_at IS NOT NULL
FROM matched JOIN rule ON rule.id = matched.rule_id JOIN flow ON flow.id = matched.workflow_id
"""


def read_standing(rule_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, StandingRule]:
    """Return the rules in ``rule_ids`` that are enabled now. The result maps the id of each rule to the rule."""
    return rows_by_id(standing_rule, STANDING, rule_ids)


def read_starts(tenant_id: uuid.UUID, matched: Collection[StandingRule]) -> dict[uuid.UUID, Start]:
    """Return the current state of each rule and its workflow. Call this in the transaction that creates the runs."""
    workflows = {rule.id: rule.workflow_id for rule in matched}
    parameters = {"tenant": tenant_id, "rules": list(workflows), "workflows": list(workflows.values())}
    return {start.rule_id: start for start in (Start(*row) for row in fetch(STARTS, parameters))}
