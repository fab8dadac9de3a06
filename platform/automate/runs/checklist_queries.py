"""Queries for the check of a draft."""

from __future__ import annotations

import uuid

from automate.kernel.queries import EXACT_COUNT
from automate.kernel.sql import fetch
from automate.runs.states import RUN_OPEN_SQL

# Open runs of a workflow by version number, counted as far as lists count. Tests of unpublished drafts have number 0.
UNDER_WAY = f"""
SELECT v.number, count(*) FROM (
    SELECT workflow_version_id FROM execution_run
    WHERE workflow_id = %s AND state IN ({RUN_OPEN_SQL}) LIMIT {EXACT_COUNT + 1}
) AS open JOIN workflow_version v ON v.id = open.workflow_version_id WHERE v.number > 0 GROUP BY v.number ORDER BY v.number DESC
"""
# Workflows whose current version runs the current version of a slug.
CALLERS = """
SELECT w.slug FROM workflow w JOIN workflow_version v ON v.id = w.current_version_id
WHERE w.archived_at IS NULL AND jsonb_path_exists(
    v.definition, '$.steps[*] ? (@.uses == "flow.run_workflow" && @.with.workflow == $slug && !exists(@.with.version))',
    jsonb_build_object('slug', %s::text))
ORDER BY w.slug LIMIT %s
"""


def under_way_by_version(workflow_id: uuid.UUID) -> dict[int, int]:
    # At most EXACT_COUNT + 1 runs are counted.
    return dict(fetch(UNDER_WAY, [workflow_id]))


def callers_of(slug: str, most: int) -> list[str]:
    return [row[0] for row in fetch(CALLERS, [slug, most])]
