"""Hides sensitive values of events. The requests and outputs of runs can contain such values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import orjson

from automate.kernel.sensitive_paths import values_at
from automate.kernel.sensitive_values import Hider
from automate.kernel.sql import fetch
from automate.kernel.strict_json import loads

AT_ONCE = 8
"""Number of runs whose events are in memory at the same time. A payload has up to 1 MiB."""

# Events that a run read and whose types declare sensitive paths: its own event, and events that its steps waited for.
SENSITIVE_EVENTS = """
SELECT r.id, t.sensitive_paths::text, e.headers::text, p.body
FROM execution_run r JOIN event e ON e.id = r.event_id JOIN event_type t ON t.slug = e.type
LEFT JOIN event_payload p ON p.event_id = e.id
WHERE r.id = ANY (%(runs)s) AND t.deleted_at IS NULL AND t.sensitive_paths <> '[]'
UNION ALL
SELECT w.run_id, t.sensitive_paths::text, (w.outcome #> '{output,event,headers}')::text,
       convert_to((w.outcome #> '{output,event,payload}')::text, 'UTF8')
FROM step_wait w JOIN event_type t ON t.slug = w.event_type
WHERE w.run_id = ANY (%(runs)s) AND w.kind = 'event' AND w.outcome #> '{output,event,payload}' IS NOT NULL
  AND t.deleted_at IS NULL AND t.sensitive_paths <> '[]'
"""


def hiders_of(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, Hider]:
    """Return, for each run, an object that hides the run's sensitive values."""
    found: dict[uuid.UUID, Hider] = {}
    ids = sorted(set(runs))
    for start in range(0, len(ids), AT_ONCE):
        found |= _hiders(ids[start : start + AT_ONCE])
    return found


def _hiders(runs: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Hider]:
    values: dict[uuid.UUID, list[str]] = {}
    unknown: set[uuid.UUID] = set()
    for run, paths, headers, body in fetch(SENSITIVE_EVENTS, {"runs": list(runs)}):
        if body is None:
            unknown.add(run)
            continue
        event = {"payload": loads(bytes(body)), "headers": orjson.loads(headers or "{}")}
        values.setdefault(run, []).extend(values_at(event, orjson.loads(paths)))
    hiders = {run: Hider(found) for run, found in values.items()}
    return hiders | {run: Hider.of_everything() for run in unknown}
