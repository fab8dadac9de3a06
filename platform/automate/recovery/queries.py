"""Reads runs for the recovery operations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch
from automate.outbox.states import JOB_OPEN_SQL
from automate.recovery.keeping import LastAttempt
from automate.runs.states import RUN_OPEN_SQL
from automate.workflows.models import TRIAL

# Runs, with their workflow's current version, and the named version if it belongs to that workflow. A tested draft is no
# version, except for the run that tested it. The test of a single step starts a line whose id is no run's id.
SOURCES = f"""
SELECT r.id, r.state, r.origin_id, coalesce(r.line_id, r.origin_id), r.workflow_id, r.workflow_version_id, r.event_id,
       w.slug, w.enabled, w.archived_at IS NOT NULL, w.current_version_id, v.id, p.event_id IS NOT NULL, r.trace_id,
       r.test AND NOT EXISTS (SELECT 1 FROM execution_run first WHERE first.id = coalesce(r.line_id, r.origin_id)),
       coalesce(r.finished_at < (SELECT k.removed_before FROM public.retention_policy k
                                 WHERE k.tenant_id = public.automate_tenant_id() AND k.data_class = 'outputs'), false)
FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
LEFT JOIN event e ON e.id = r.event_id LEFT JOIN event_payload p ON p.event_id = e.id
LEFT JOIN workflow_version v ON v.id = %s AND v.workflow_id = r.workflow_id
    AND (v.number > {TRIAL} OR v.id = r.workflow_version_id)
WHERE r.id = ANY (%s)
"""
LAST_ATTEMPTS = """
SELECT DISTINCT ON (run_id, key, item) run_id, id, key, item, state
FROM step_run WHERE run_id = ANY (%s) ORDER BY run_id, key, item, attempt DESC
"""
# With the version and the event of the last try, and whether the other side answered a try with a fault of its own, which
# proves neither an effect nor its absence. An operator's decision is final.
EFFECTS = """
SELECT e.key, e.connector, e.effect, e.state, r.workflow_version_id, r.event_id,
       e.resolution IS NULL AND (e.faults > 0 OR EXISTS (
           SELECT 1 FROM step_run s
           WHERE s.run_id IN (SELECT e.run_id UNION SELECT (f ->> 'run')::uuid FROM jsonb_array_elements(e.former) f)
             AND s.key = e.step_key AND s.item = e.item
             AND jsonb_path_exists(s.error, '$ ? (@.code == "CONNECTOR_TRANSIENT" && @.details.status >= 500)')))
FROM effect e LEFT JOIN execution_run r ON r.id = e.run_id WHERE e.key = ANY (%s)
"""
# For each run, other open runs of its line, and runs that started later and succeeded or have other keys. Those may have done
# work that the run's own keys do not show. Open runs first, then the newest.
RIVALS = f"""
SELECT r.id, o.id, o.state, o.origin_id = r.origin_id
FROM execution_run r
JOIN execution_run o ON (o.id = coalesce(r.line_id, r.origin_id)
    OR (coalesce(o.line_id, o.origin_id) = coalesce(r.line_id, r.origin_id) AND o.retry_of_id IS NOT NULL)) AND o.id <> r.id
WHERE r.id = ANY (%s)
  AND (o.state IN ({RUN_OPEN_SQL})
       OR ((o.state = 'succeeded' OR o.origin_id <> r.origin_id) AND o.created_at > r.created_at))
ORDER BY o.finished_at IS NOT NULL, o.created_at DESC, o.id
"""
MATCHING = f"SELECT id FROM public.outbox_job WHERE id = ANY (%s) AND state IN ({JOB_OPEN_SQL})"
# The newest later run in the line of each run.
SUCCESSORS = """
SELECT DISTINCT ON (r.id) r.id, o.id
FROM execution_run r
JOIN execution_run o ON coalesce(o.line_id, o.origin_id) = coalesce(r.line_id, r.origin_id)
    AND o.retry_of_id IS NOT NULL AND o.created_at > r.created_at
WHERE r.id = ANY (%s) ORDER BY r.id, o.created_at DESC
"""
ORIGINS = "SELECT id, origin_id FROM execution_run WHERE id = ANY (%s)"
LINES = "SELECT id, coalesce(r.line_id, r.origin_id) FROM execution_run r WHERE id = ANY (%s)"


@dataclass(frozen=True)
class RepeatableRun:
    """A run that a caller wants to retry."""

    id: uuid.UUID
    state: str
    origin_id: uuid.UUID
    line_id: uuid.UUID
    workflow_id: uuid.UUID
    version_id: uuid.UUID
    event_id: uuid.UUID
    workflow_slug: str
    enabled: bool
    archived: bool
    current_version_id: uuid.UUID | None
    named_version_id: uuid.UUID | None
    """None if the named version does not belong to its workflow."""
    has_payload: bool
    """True if the run's event still has its body."""
    trace_id: str
    one_step: bool
    """True if the run tests one step. The steps before that step were never executed."""
    outputs_gone: bool
    """True if retention has removed the outputs of its steps and the requests of its calls."""


@dataclass(frozen=True)
class Rival:
    """A run that can repeat the work of a planned retry. It is another retry of the same run, or the original run."""

    id: uuid.UUID
    state: str
    same_keys: bool
    """True if this retry and the run use the same idempotency keys."""


@dataclass(frozen=True)
class LedgerEntry:
    """The ledger's row for one idempotency key."""

    connector: str
    effect: str
    state: str
    version_id: uuid.UUID | None
    """The workflow version of the last try. None if the run of that try has been removed."""
    event_id: uuid.UUID | None
    """The event of the last try. None if the run of that try has been removed."""
    faulted: bool
    """True if the receiver answered a try with a fault."""


def sources(run_ids: Sequence[uuid.UUID], named_version_id: uuid.UUID | None) -> dict[uuid.UUID, RepeatableRun]:
    found = [RepeatableRun(*row) for row in fetch(SOURCES, [named_version_id, list(run_ids)])]
    return {run.id: run for run in found}


def last_attempts(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[LastAttempt]]:
    found: dict[uuid.UUID, list[LastAttempt]] = {run_id: [] for run_id in run_ids}
    for run_id, *attempt in fetch(LAST_ATTEMPTS, [list(run_ids)]):
        found[run_id].append(LastAttempt(*attempt))
    return found


def ledger(keys: Sequence[str]) -> dict[str, LedgerEntry]:
    """Return the ledger's rows for these idempotency keys."""
    return {key: LedgerEntry(*rest) for key, *rest in fetch(EFFECTS, [list(keys)])} if keys else {}


def rivals(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Rival]]:
    # A retry that has done only a part of the work is included.
    found: dict[uuid.UUID, list[Rival]] = {run_id: [] for run_id in run_ids}
    for run_id, *rival in fetch(RIVALS, [list(run_ids)]):
        found[run_id].append(Rival(*rival))
    return found


def being_matched(event_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    # Events whose first matching has not ended.
    return {event_id for (event_id,) in fetch(MATCHING, [list(event_ids)])}


def successors(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    return dict(fetch(SUCCESSORS, [list(run_ids)]))


def origins_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the id of each run's origin. Runs with the same origin have the same idempotency keys."""
    return dict(fetch(ORIGINS, [list(run_ids)]))


def lines_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    # A run and all its retries form one line.
    return dict(fetch(LINES, [list(run_ids)]))
