"""Finds the uses of secrets: workflow versions that name a secret, and steps that resolved a secret."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of
from automate.kernel.sql import fetch
from automate.runs.states import RUN_OPEN

HELD = """
WITH held AS (
    SELECT current_version_id AS id, true AS current FROM workflow WHERE current_version_id IS NOT NULL
    UNION ALL
    SELECT DISTINCT workflow_version_id, false FROM execution_run WHERE state = ANY (%s)
), version AS (
    SELECT id, bool_or(current) AS current FROM held GROUP BY id
)
"""
USES = (
    HELD
    + r"""
SELECT named.name, w.slug, v.number, version.current, array_agg(s.step ->> 'key' ORDER BY s.place)
FROM version JOIN workflow_version v ON v.id = version.id JOIN workflow w ON w.id = v.workflow_id
CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'steps') WITH ORDINALITY AS s (step, place)
CROSS JOIN LATERAL (
    SELECT DISTINCT found[1] AS name FROM regexp_matches(s.step::text, '\$secret:([A-Z][A-Z0-9_]*)', 'g') AS m (found)
) AS named
WHERE named.name = ANY (%s)
GROUP BY named.name, w.slug, v.number, version.current ORDER BY w.slug, v.number
"""
)
# Workflows that name one version of a secret, as in $secret:NAME@2.
PINNED = (
    HELD
    + """
SELECT DISTINCT w.slug FROM version JOIN workflow_version v ON v.id = version.id JOIN workflow w ON w.id = v.workflow_id
WHERE v.definition::text ~ %s ORDER BY w.slug
"""
)
# Includes unused versions, and workflows that name a secret whose name starts with this one.
NAMING = "SELECT DISTINCT workflow_id FROM workflow_version WHERE strpos(definition::text, %s) > 0"
NAMED = "r.name = %s"


@dataclass(frozen=True)
class SecretUsage:
    """A workflow version that names a secret."""

    workflow: str
    """Its slug."""
    version: int
    current: bool
    """True if new events start this version. False if only open runs use this version."""
    steps: tuple[str, ...]
    """Keys of the steps that name the secret, in the order of the steps."""


def uses_of(names: Sequence[str]) -> dict[str, list[SecretUsage]]:
    """Return for each secret a list of the workflow versions that name this secret."""
    found: dict[str, list[SecretUsage]] = {name: [] for name in names}
    for name, workflow, version, current, steps in fetch(USES, [sorted(RUN_OPEN), list(found)]):
        found[name].append(SecretUsage(workflow, version, current, tuple(steps)))
    return found


@dataclass(frozen=True)
class ResolutionRow:
    """One use of a secret by a step."""

    id: uuid.UUID
    name: str
    version: int | None
    """None if the backend has no versions."""
    backend: str
    run_id: uuid.UUID
    step_key: str
    at: datetime
    workflow: str | None
    """The slug of the run's workflow; None if the run is deleted."""


resolution_row = RowReader(ResolutionRow, "r", {"workflow": "w.slug"})
RESOLUTIONS = f"""
SELECT {resolution_row.columns}
FROM secret_resolution AS r LEFT JOIN execution_run e ON e.id = r.run_id
LEFT JOIN workflow_version f ON f.id = e.workflow_version_id LEFT JOIN workflow w ON w.id = f.workflow_id
"""


def workflows_pinned_to(name: str, version: int) -> list[str]:
    return [slug for (slug,) in fetch(PINNED, [sorted(RUN_OPEN), rf"\$secret:{name}@{version}(?![0-9])"])]


def workflows_naming(name: str) -> list[uuid.UUID]:
    return [workflow_id for (workflow_id,) in fetch(NAMING, [f"$secret:{name}"])]


def resolutions_page(name: str, part: Slice) -> Page[ResolutionRow]:
    """List the uses of one secret."""
    return page_of(RESOLUTIONS, "r.id", part, [Condition(NAMED, (name,))], resolution_row)


def count_resolutions(name: str) -> int:
    return count_of("secret_resolution AS r", [Condition(NAMED, (name,))])
