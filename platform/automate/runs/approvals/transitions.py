"""All SQL statements that write approvals. Most of these statements require the lock of the run's job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.events.models import RUNS_SOURCE
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.principals import Principal
from automate.kernel.sql import as_set, execute, fetch
from automate.outbox.epochs.transitions import EPOCH
from automate.runs.approvals.queries import PERSON
from automate.runs.states import PENDING

KEPT_SECONDS = 90 * DAY_SECONDS
"""How long an ended approval stays readable."""
FORGOTTEN_AT_ONCE = 100

REQUESTED, DECIDED, ENDED = "requested", "decided", "ended"
"""The kinds of changes in an approval's log."""


def log_of(rows: str, change: str, state: str) -> str:
    # A later change may have the lower xid, because its transaction waited for a lock. So an entry takes the greater
    # of two xids: its transaction's, and the previous entry's. For the missing condition on the epoch see XID_IN_ORDER.
    return f"""
INSERT INTO approval_log (xid, epoch, approval_id, run_id, change, state, decision_id, occurred_at)
SELECT greatest(pg_current_xact_id()::text::bigint,
                (SELECT CASE WHEN l.epoch = {EPOCH} THEN l.xid END FROM approval_log l
                 WHERE l.approval_id = m.approval_id ORDER BY l.id DESC LIMIT 1)),
       {EPOCH}, m.approval_id, m.run_id, '{change}', {state}, m.decision_id, clock_timestamp()
FROM {rows} m"""


# Checked for every key, because the planner may check the source last.
_RUN_KEY = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/"
# Written in the transaction that starts the waiting step. A run started by another run inherits who caused that run:
# the idempotency keys of such events begin with the id of that run, or of its origin, which stands for all its retries.
# No chain is longer than the limit causation_depth; a retry does not lengthen it.
INSERT = f"""
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s::json) AS m (step_id uuid, run_id uuid, title text, description text, data jsonb,
        roles jsonb, members jsonb, quorum int, form text, on_expiry text, shown_sha256 text, expires_in float)
), cause AS (
    SELECT a.step_id, r.id AS run_id, r.event_id, r.retry_of_id, r.started_by, r.started_person, 0 AS hops
    FROM asked a JOIN execution_run r ON r.id = a.run_id
    UNION
    SELECT c.step_id, r.id, r.event_id, r.retry_of_id, r.started_by, r.started_person, c.hops + former.hops
    FROM cause c CROSS JOIN LATERAL (
        SELECT c.retry_of_id AS run_id, NULL::uuid AS origin_id, 0 AS hops
        UNION ALL
        SELECT k.id, k.id, 1
        FROM event e JOIN source s ON s.id = e.source_id AND s.slug = '{RUNS_SOURCE}' CROSS JOIN LATERAL (
            SELECT CASE WHEN e.idempotency_key ~ '{_RUN_KEY}' THEN split_part(e.idempotency_key, '/', 1)::uuid END AS id) k
        WHERE e.id = c.event_id AND c.hops < {LIMITS.causation_depth}
    ) former
    JOIN execution_run r ON r.id = former.run_id OR (r.origin_id = former.origin_id AND r.retry_of_id IS NOT NULL)
), first AS (
    SELECT DISTINCT ON (step_id) step_id, event_id FROM cause ORDER BY step_id, hops DESC, run_id DESC
), hands AS (
    SELECT c.step_id, jsonb_agg(DISTINCT hand.name) AS names
    FROM cause c LEFT JOIN event e ON e.id = c.event_id AND e.actor_kind <> 'system'
    CROSS JOIN LATERAL (VALUES (c.started_by), (e.actor_name), ('{PERSON}' || c.started_person::text), ('{PERSON}' || e.actor_person::text)) AS hand (name)
    WHERE hand.name <> '' GROUP BY c.step_id
), made AS (
INSERT INTO approval (step_id, run_id, title, description, data, roles, members, quorum, form, written, on_expiry, shown_sha256,
                      requested_by_kind, requested_by_name, caused_by, requested_at, expires_at, state)
SELECT m.step_id, m.run_id, m.title, m.description, m.data, m.roles, coalesce(m.members, '[]'), m.quorum, m.form::jsonb, m.form, m.on_expiry, m.shown_sha256,
       coalesce(e.actor_kind, ''), coalesce(e.actor_name, ''), coalesce(h.names, '[]'), now(),
       now() + make_interval(secs => m.expires_in), '{PENDING}'
FROM asked m JOIN first USING (step_id) LEFT JOIN hands h USING (step_id) LEFT JOIN event e ON e.id = first.event_id
RETURNING step_id AS approval_id, run_id, NULL::uuid AS decision_id
){log_of("made", REQUESTED, f"'{PENDING}'")}
"""
INSERT_DECISION = f"""
WITH made AS (
INSERT INTO approval_decision (id, approval_id, principal_kind, principal_id, principal_name, person, role, outcome, form,
                               shown_sha256, at)
SELECT id, approval_id, kind, principal, name, person, role, outcome, form, shown, clock_timestamp()
FROM json_to_recordset(%s::json) AS m (id uuid, approval_id uuid, kind text, principal text, name text, person uuid, role text,
                                       outcome text, form jsonb, shown text)
RETURNING id AS decision_id, approval_id, (SELECT a.run_id FROM approval a WHERE a.step_id = approval_id) AS run_id
){log_of("made", DECIDED, f"'{PENDING}'")}
"""
# The one statement that ends a pending approval; returns what its audit record needs.
END = f"""
WITH ended AS (
    UPDATE approval a SET state = m.state, ended_at = now()
    FROM json_to_recordset(%s::json) AS m (step_id uuid, state text)
    WHERE a.step_id = m.step_id AND a.state = '{PENDING}'
    RETURNING a.step_id AS approval_id, a.run_id, NULL::uuid AS decision_id, m.state, a.title, a.on_expiry, a.shown_sha256
), logged AS ({log_of("ended", ENDED, "m.state")})
SELECT approval_id, state, title, on_expiry, shown_sha256 FROM ended
"""
# Concurrent processes remove different rows.
FORGET = """
DELETE FROM approval WHERE step_id = ANY (ARRAY(
    SELECT step_id FROM approval WHERE ended_at <= now() - make_interval(secs => %s)
    ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING step_id
"""
# The database refuses any other removal of a decision. A separate statement sees that the approvals are gone. It keeps
# decisions one day less, because a decision is written shortly after its approval ended.
FORGET_DECISIONS = """
DELETE FROM approval_decision d WHERE d.approval_id = ANY (%s) AND d.at < now() - make_interval(secs => %s)
AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.step_id = d.approval_id)
"""
# The output of an approval step at its expiry, with the approvals so far.
KEEP_OUTPUT = """
UPDATE step_run SET output = %s::jsonb WHERE id = %s AND state = 'waiting' AND output IS NOT NULL
"""


def insert_decision(approval_id: uuid.UUID, principal: Principal, outcome: str, form: JsonValue, shown: str) -> None:
    row: Mapping[str, object] = {
        "id": new_id(),
        "approval_id": approval_id,
        "kind": principal.kind,
        "principal": principal.id,
        "name": principal.name,
        "person": principal.person or None,
        "role": principal.role,
        "outcome": outcome,
        "form": form,
        "shown": shown,
    }
    execute(INSERT_DECISION, [as_set([row])])


@dataclass(frozen=True)
class Ended:
    """An approval that has just ended, with the values for its audit record."""

    id: uuid.UUID
    state: str
    title: str
    on_expiry: str
    """The decision that applies when the approval expires."""
    shown_sha256: str


def end(to_states: Mapping[uuid.UUID, str]) -> list[Ended]:
    """End approvals. Returns the approvals that were pending."""
    rows = [{"step_id": step_id, "state": state} for step_id, state in to_states.items()]
    return [Ended(*row) for row in fetch(END, [as_set(rows)])]


def forget() -> int:
    """Remove some approvals that ended long ago. Returns the number of removed approvals. Audit records stay."""
    gone = [step_id for (step_id,) in fetch(FORGET, [KEPT_SECONDS, FORGOTTEN_AT_ONCE])]
    if gone:
        forget_decisions(gone)
    return len(gone)


def forget_decisions(approval_ids: Sequence[uuid.UUID]) -> int:
    return execute(FORGET_DECISIONS, [list(approval_ids), KEPT_SECONDS - DAY_SECONDS])


def keep_output(step_id: uuid.UUID, output: JsonValue) -> bool:
    return execute(KEEP_OUTPUT, [as_set([output])[1:-1], step_id]) == 1
