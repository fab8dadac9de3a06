"""Who would miss a secret: the versions that name it, of those that something may still start or go on with.

They are read when somebody asks: nothing is kept beside the definitions, which cannot change and so cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch
from automate.runs.states import RUN_OPEN

USES = r"""
WITH held AS (
    SELECT current_version_id AS id, true AS current FROM workflow WHERE current_version_id IS NOT NULL
    UNION ALL
    SELECT DISTINCT workflow_version_id, false FROM execution_run WHERE state = ANY (%s)
), version AS (
    SELECT id, bool_or(current) AS current FROM held GROUP BY id
)
SELECT named.name, w.slug, v.number, version.current, array_agg(s.step ->> 'key' ORDER BY s.place)
FROM version JOIN workflow_version v ON v.id = version.id JOIN workflow w ON w.id = v.workflow_id
CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'steps') WITH ORDINALITY AS s (step, place)
CROSS JOIN LATERAL (
    SELECT DISTINCT found[1] AS name FROM regexp_matches(s.step::text, '\$secret:([A-Z][A-Z0-9_]*)', 'g') AS m (found)
) AS named
WHERE named.name = ANY (%s)
GROUP BY named.name, w.slug, v.number, version.current ORDER BY w.slug, v.number
"""


@dataclass(frozen=True)
class SecretUse:
    """A version that names a secret. workflow: its slug. current: whether new events start it; else only runs that have not
    ended are pinned to it. steps: the keys of those that name it, in their order.
    """

    workflow: str
    version: int
    current: bool
    steps: tuple[str, ...]


def uses_of(names: Sequence[str]) -> dict[str, list[SecretUse]]:
    """Of each secret, by workflow and version."""
    found: dict[str, list[SecretUse]] = {name: [] for name in names}
    for name, workflow, version, current, steps in fetch(USES, [sorted(RUN_OPEN), list(found)]):
        found[name].append(SecretUse(workflow, version, current, tuple(steps)))
    return found
