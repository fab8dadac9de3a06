"""What the verbs that mend runs have to know of them, for many runs at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch
from automate.runs.recovery.keeping import LastAttempt

# Runs, with what their workflow starts now, and the named version where it is one of that workflow's.
SOURCES = """
SELECT r.id, r.state, r.origin_id, r.workflow_id, r.workflow_version_id, r.event_id, w.slug, w.enabled, w.current_version_id,
       v.id, p.event_id IS NOT NULL, r.trace_id
FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
LEFT JOIN event e ON e.id = r.event_id LEFT JOIN event_payload p ON p.event_id = e.id
LEFT JOIN workflow_version v ON v.id = %s AND v.workflow_id = r.workflow_id
WHERE r.id = ANY (%s)
"""
LAST_ATTEMPTS = """
SELECT DISTINCT ON (run_id, key, item) run_id, id, key, item, state
FROM step_run WHERE run_id = ANY (%s) ORDER BY run_id, key, item, attempt DESC
"""
EFFECTS = "SELECT key, connector, effect, state FROM effect WHERE key = ANY (%s)"
# For each run, others of its line that have not ended, or that began later and succeeded; those under way first.
RIVALS = """
SELECT r.id, o.id, o.state
FROM execution_run r
JOIN execution_run o ON (o.id = r.origin_id OR (o.origin_id = r.origin_id AND o.retry_of_id IS NOT NULL)) AND o.id <> r.id
WHERE r.id = ANY (%s)
  AND (o.state IN ('queued', 'running', 'waiting', 'paused', 'cancelling') OR (o.state = 'succeeded' AND o.created_at > r.created_at))
ORDER BY o.state = 'succeeded', o.id
"""
MATCHING = "SELECT id FROM public.outbox_job WHERE id = ANY (%s) AND open"
ORIGINS = "SELECT id, origin_id FROM execution_run WHERE id = ANY (%s)"


@dataclass(frozen=True)
class Source:
    """A run that is to be repeated. named_version_id: None where the version that was named is not its workflow's.
    has_payload: whether its event still has its body.
    """

    id: uuid.UUID
    state: str
    origin_id: uuid.UUID
    workflow_id: uuid.UUID
    version_id: uuid.UUID
    event_id: uuid.UUID
    workflow_slug: str
    enabled: bool
    current_version_id: uuid.UUID | None
    named_version_id: uuid.UUID | None
    has_payload: bool
    trace_id: str


@dataclass(frozen=True)
class LedgerEntry:
    connector: str
    effect: str
    state: str


def sources(run_ids: Sequence[uuid.UUID], named_version_id: uuid.UUID | None) -> dict[uuid.UUID, Source]:
    return {row[0]: Source(*row) for row in fetch(SOURCES, [named_version_id, list(run_ids)])}


def last_attempts(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[LastAttempt]]:
    found: dict[uuid.UUID, list[LastAttempt]] = {run_id: [] for run_id in run_ids}
    for run_id, *attempt in fetch(LAST_ATTEMPTS, [list(run_ids)]):
        found[run_id].append(LastAttempt(*attempt))
    return found


def ledger(keys: Sequence[str]) -> dict[str, LedgerEntry]:
    """What is recorded under these Idempotency-Keys."""
    return {key: LedgerEntry(*rest) for key, *rest in fetch(EFFECTS, [list(keys)])} if keys else {}


def rivals(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, str]]:
    """Of each run that has one, another run of its line that did or is doing the same work, and its state."""
    found: dict[uuid.UUID, tuple[uuid.UUID, str]] = {}
    for run_id, other, state in fetch(RIVALS, [list(run_ids)]):
        found.setdefault(run_id, (other, state))
    return found


def being_matched(event_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those that rules have yet to see for the first time."""
    return {event_id for (event_id,) in fetch(MATCHING, [list(event_ids)])}


def origins_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    return dict(fetch(ORIGINS, [list(run_ids)]))
