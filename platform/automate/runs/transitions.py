"""All SQL statements that write runs. Each statement writes a set of rows, and allows only legal changes of state."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automate.budgets.reservations import Reservation
from automate.effects.transitions import END_RESERVATIONS
from automate.kernel.errors import NormalizedError
from automate.kernel.fingerprints import fingerprint
from automate.kernel.metrics import count_transitions
from automate.kernel.sql import Parameters, as_set, execute, execute_all, fetch, fetch_value
from automate.outbox.epochs.transitions import EPOCH
from automate.outbox.states import JOB_OPEN_SQL
from automate.runs.approvals import transitions as approvals
from automate.runs.changes import Beside, EndedReservation, LogEntry, RunChanges
from automate.runs.items import transitions as items
from automate.runs.states import FAILED, JOB_OF_RUN, RUN_FINAL, RUN_MOVES, RUN_OPEN_SQL
from automate.runs.waits import transitions as waits
from automate.usage import transitions as usage
from automate.vault.resolving import other_backends

Row = Mapping[str, object]


class StaleRunError(RuntimeError):
    """Raised if another process has changed the state of a run or step."""


INSERT_RUNS = """
INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, source_id, rule_id, origin_id, state, state_reason,
                           trace_id, depth, step_count, parent_step_id, started_by, started_person, test, created_at, started_at,
                           deadline_at)
SELECT id, workflow_id, version_id, event_id, (SELECT e.source_id FROM event e WHERE e.id = m.event_id), rule_id, origin_id, state, '',
       trace_id, depth, step_count, parent_step_id, started_by, started_person, test, now(),
       CASE WHEN state = 'running' THEN now() END, CASE WHEN state = 'running' THEN now() + make_interval(secs => timeout) END
FROM json_to_recordset(%s::json) AS m (id uuid, workflow_id uuid, version_id uuid, event_id uuid, rule_id uuid, state text,
                                       trace_id text, depth int, step_count int, parent_step_id uuid, started_by text, started_person uuid,
                                       origin_id uuid, test boolean, timeout float)
"""
UPDATE_RUNS = """
UPDATE execution_run t
SET state = m.state, state_reason = m.reason, error = m.error, fingerprint = m.fingerprint,
    started_at = CASE WHEN m.started THEN coalesce(t.started_at, now()) ELSE t.started_at END,
    deadline_at = CASE WHEN m.started THEN coalesce(t.deadline_at, now() + make_interval(secs => m.timeout)) ELSE t.deadline_at END,
    finished_at = CASE WHEN m.final THEN now() END
FROM json_to_recordset(%s::json) AS m (id uuid, was text, state text, reason text, error jsonb, fingerprint uuid, started boolean, final boolean, timeout float)
WHERE t.id = m.id AND t.state = m.was
"""
SET_REASONS = """
UPDATE execution_run t SET state_reason = m.reason
FROM json_to_recordset(%s::json) AS m (id uuid, reason text)
WHERE t.id = m.id AND t.state_reason <> m.reason
"""
INSERT_STEPS = """
INSERT INTO step_run (id, run_id, key, item, attempt, state, output, error, started_at, finished_at, due_at)
SELECT id, run_id, key, item, attempt, state, output, error, now(), CASE WHEN final THEN now() END,
       coalesce(due_at, now() + make_interval(secs => due_in))
FROM json_to_recordset(%s::json) AS m (id uuid, run_id uuid, key text, item int, attempt int, state text, output jsonb, error jsonb,
                                       final boolean, due_in float, due_at timestamptz)
"""
UPDATE_STEPS = """
UPDATE step_run t
SET state = m.state, output = m.output, error = m.error, finished_at = CASE WHEN m.final OR m.state = 'retrying' THEN now() END,
    due_at = coalesce(now() + make_interval(secs => m.retry_after), t.due_at)
FROM json_to_recordset(%s::json) AS m (id uuid, was text, state text, output jsonb, error jsonb, retry_after float, final boolean)
WHERE t.id = m.id AND t.state = m.was
"""
# Keeps the previous try's outcome. A worker that was lost between intent and result may have sent the request. If the target
# is known only during the call, the target of the previous try stays. Most calls of a set share a few reservations, so each
# row has only the place of its reservation.
INSERT_EFFECTS = """
INSERT INTO effect (key, run_id, step_key, item, connector, effect, state, request, target, tries, former, response_sha256,
                    external_id, code, lookups, intended_at, reserved)
SELECT key, run_id, step_key, item, connector, effect, 'intent', request, target, 1, '[]', '', '', '', 0, now(), %s::jsonb -> reserved
FROM json_to_recordset(%s::json) AS m (key text, run_id uuid, step_key text, item int, connector text, effect text, request jsonb, target text, reserved int)
ON CONFLICT (key) DO UPDATE SET state = 'intent', tries = effect.tries + 1, settled_at = NULL, run_id = excluded.run_id,
    connector = excluded.connector, effect = excluded.effect, intended_at = now(),
    target = CASE WHEN excluded.target = '' AND effect.connector = excluded.connector THEN effect.target ELSE excluded.target END,
    code = '', lookups = 0, resolution = NULL, did_nothing = false, reserved = excluded.reserved,
    former = effect.former || jsonb_build_array(jsonb_build_object(
        'try', effect.tries, 'run', effect.run_id, 'intended_at', effect.intended_at, 'settled_at', effect.settled_at,
        'state', CASE WHEN effect.did_nothing THEN 'failed' WHEN effect.state = 'intent' THEN 'sent' ELSE effect.state END,
        'code', effect.code, 'resolution', effect.resolution - 'output', 'settles', effect.state = 'failed')),
    request = CASE WHEN effect.connector <> excluded.connector OR (effect.state = 'failed' AND NOT EXISTS (
                       SELECT 1 FROM execution_run former JOIN execution_run this
                           ON this.workflow_version_id = former.workflow_version_id AND this.event_id = former.event_id
                       WHERE former.id = effect.run_id AND this.id = excluded.run_id))
                   THEN excluded.request ELSE effect.request END
"""
# A reservation ends once.
UPDATE_EFFECTS = """
UPDATE effect t SET state = m.state, did_nothing = coalesce(m.did_nothing, t.did_nothing), code = m.code, lookups = m.lookups,
    tries = t.tries + m.resent, former = CASE WHEN m.resent = 0 THEN t.former ELSE t.former || jsonb_build_array(jsonb_build_object(
        'try', t.tries, 'run', t.run_id, 'intended_at', t.intended_at, 'settled_at', now(), 'state', 'sent',
        'code', 'CONNECTOR_TRANSIENT', 'resolution', NULL, 'settles', false)) END,
    faults = CASE WHEN m.state = 'failed' AND NOT m.did_nothing THEN 0 ELSE t.faults + m.fault END,
    response_sha256 = coalesce(nullif(m.digest, ''), t.response_sha256), external_id = coalesce(nullif(m.external_id, ''), t.external_id),
    settled_at = CASE WHEN m.state = t.state THEN t.settled_at ELSE now() END, reserved = CASE WHEN NOT m.ends THEN t.reserved END
FROM json_to_recordset(%s::json) AS m (key text, state text, did_nothing bool, resent int, fault int, digest text, external_id text, code text, lookups int, ends bool)
WHERE t.key = m.key AND (NOT m.ends OR t.reserved IS NOT NULL)
"""
# The version is the one in the ref, or the newest. Without a stored value, the secret comes from another backend.
INSERT_RESOLUTIONS = """
INSERT INTO secret_resolution (id, name, version, backend, run_id, step_key, at)
SELECT m.id, m.name, v.number, CASE WHEN v.number IS NULL THEN m.backend ELSE 'database' END, m.run_id, m.step_key, now()
FROM json_to_recordset(%s::json) AS m (id uuid, name text, version int, backend text, run_id uuid, step_key text)
LEFT JOIN LATERAL (
    SELECT v.number FROM secret s JOIN secret_version v ON v.secret_id = s.id
    WHERE s.slug = m.name AND (m.version IS NULL OR v.number = m.version) AND (v.expires_at IS NULL OR v.expires_at > now())
    ORDER BY v.number DESC LIMIT 1
) v ON true
"""
# The jobs of runs. Workers also lock the job before they write the run.
LOCK_JOBS = f"""
SELECT j.id FROM public.outbox_job j
WHERE j.id IN (SELECT {JOB_OF_RUN} FROM execution_run r WHERE r.id = ANY (%s)) AND j.state IN ({JOB_OPEN_SQL}) ORDER BY j.id FOR UPDATE
"""
# A separate statement after the lock: the run's state from before the lock may be outdated.
READ_OPEN = f"""
SELECT r.id, j.id, r.state, r.started_at IS NOT NULL, j.state = 'claimed', r.deadline_at
FROM execution_run r JOIN public.outbox_job j ON j.id = {JOB_OF_RUN}
WHERE r.id = ANY (%s) AND j.id = ANY (%s) AND j.state IN ({JOB_OPEN_SQL}) AND r.state = ANY (%s)
ORDER BY j.id
"""
# A transaction that waits for a lock may have a lower xid than the lock's former holder. So a row of the log takes the
# greater of its own xid and the xid of its run's previous row in this epoch, and readers see each run in order. Readers below
# the oldest running transaction lose nothing. A search by epoch would read the whole epoch, in a plan for a small table.
XID_IN_ORDER = f"""greatest(pg_current_xact_id()::text::bigint,
                (SELECT CASE WHEN l.epoch = {EPOCH} THEN l.xid END FROM run_log l WHERE l.run_id = m.run_id ORDER BY l.id DESC LIMIT 1))"""
MOVE_RUNS = f"""
WITH moved AS (
    SELECT id, state, workflow_id FROM execution_run WHERE id = ANY (%(ids)s) AND state = ANY (%(from)s) FOR UPDATE
), runs AS (
    UPDATE execution_run r
    SET state = %(to)s, state_reason = left(%(reason)s, 255), finished_at = CASE WHEN %(final)s THEN now() END
    FROM moved m WHERE r.id = m.id
)
INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_key, from_state, to_state, reason, occurred_at)
SELECT {XID_IN_ORDER}, {EPOCH}, run_id, workflow_id, '', state, %(to)s, left(%(reason)s, 255), clock_timestamp()
FROM (SELECT id AS run_id, state, workflow_id FROM moved) m
RETURNING run_id
"""
INSERT_LOG = f"""
INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_id, step_key, attempt, from_state, to_state, reason, occurred_at)
SELECT {XID_IN_ORDER}, {EPOCH}, run_id, workflow_id, step_id, coalesce(step_key, ''), attempt,
       from_state, to_state, left(reason, 255), clock_timestamp()
FROM ROWS FROM (json_to_recordset(%s::json) AS (run_id uuid, workflow_id uuid, step_id uuid, step_key text, attempt int,
                                                from_state text, to_state text, reason text))
     WITH ORDINALITY AS m (run_id, workflow_id, step_id, step_key, attempt, from_state, to_state, reason, place)
ORDER BY place
RETURNING pg_current_xact_id()::text::bigint
"""
# Runs whose jobs died, with their open attempts; the same statement writes their log.
FAIL_RUNS = f"""
WITH before AS (
    SELECT id, workflow_id, state FROM execution_run
    WHERE id = ANY (%(ids)s) AND state IN ({RUN_OPEN_SQL}) FOR UPDATE
), latest AS (
    SELECT DISTINCT ON (s.run_id, s.key, s.item) s.id, s.run_id, s.key, s.item, s.attempt, s.state
    FROM step_run s JOIN before b ON b.id = s.run_id ORDER BY s.run_id, s.key, s.item, s.attempt DESC
), open_step AS (
    SELECT * FROM latest WHERE state IN ('running', 'waiting', 'retrying', 'uncertain')
), effects AS (
    UPDATE effect e SET settled_at = now(), state = CASE WHEN e.former @> '[{{"state": "confirmed"}}]' THEN 'confirmed' ELSE 'uncertain' END
    FROM open_step o WHERE e.run_id = o.run_id AND e.step_key = o.key AND e.item = o.item AND e.state IN ('intent', 'sent')
), steps AS (
    UPDATE step_run s SET state = 'failed', error = coalesce(s.error, %(error)s::jsonb), finished_at = now()
    FROM open_step o WHERE s.id = o.id
), approvals AS (
    UPDATE approval a SET state = 'cancelled', ended_at = now()
    FROM open_step o WHERE a.step_id = o.id AND a.state = 'pending'
    RETURNING a.step_id AS approval_id, a.run_id, NULL::uuid AS decision_id
), logged AS ({approvals.log_of("approvals", approvals.ENDED, "'cancelled'")}
), runs AS (
    UPDATE execution_run r SET state = 'failed', state_reason = %(reason)s, error = %(error)s::jsonb, fingerprint = %(fingerprint)s, finished_at = now()
    FROM before b WHERE r.id = b.id
)
INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_id, step_key, attempt, from_state, to_state, reason, occurred_at)
SELECT {XID_IN_ORDER}, {EPOCH}, m.*, 'failed', %(reason)s, clock_timestamp()
FROM (SELECT o.run_id, b.workflow_id, o.id, o.key, o.attempt, o.state FROM open_step o JOIN before b ON b.id = o.run_id
      UNION ALL SELECT id, workflow_id, NULL, '', NULL, state FROM before) m
RETURNING run_id
"""


def insert_runs(rows: Sequence[Row]) -> None:
    execute(INSERT_RUNS, [as_set(rows)])


def insert_log(rows: Sequence[LogEntry]) -> int:
    """Append entries to the run log. Returns the id of the transaction."""
    xid: int = fetch_value(INSERT_LOG, [as_set(rows)])
    count_transitions((bool(row.step_key), row.to_state) for row in rows)
    return xid


@dataclass(frozen=True)
class OpenRun:
    """A run that has not ended."""

    id: uuid.UUID
    job_id: uuid.UUID
    state: str
    started: bool
    held: bool
    """A worker holds its job."""
    deadline: datetime | None
    """None until it has started."""


def lock_open(run_ids: Sequence[uuid.UUID], in_states: Collection[str]) -> list[OpenRun]:
    """Lock the open jobs of these runs. Returns the locked runs that are in one of the states ``in_states``."""
    locked = [job_id for (job_id,) in fetch(LOCK_JOBS, [list(run_ids)])]
    rows = fetch(READ_OPEN, [list(run_ids), locked, sorted(in_states)]) if locked else []
    return [OpenRun(*row) for row in rows]


def move_runs(run_ids: Sequence[uuid.UUID], to_state: str, reason: str) -> list[uuid.UUID]:
    # The jobs of the runs must be locked.
    parameters = {
        "ids": list(run_ids),
        "from": sorted(state for state, nexts in RUN_MOVES.items() if to_state in nexts),
        "to": to_state,
        "reason": reason,
        "final": to_state in RUN_FINAL,
    }
    moved = [run_id for (run_id,) in fetch(MOVE_RUNS, parameters)]
    count_transitions((False, to_state) for _ in moved)
    return moved


def set_reasons(reasons: Mapping[uuid.UUID, str]) -> None:
    # This is not a transition.
    execute(SET_REASONS, [as_set([{"id": run_id, "reason": reason} for run_id, reason in reasons.items()])])


def fail_runs(run_ids: Sequence[uuid.UUID], error: NormalizedError) -> list[uuid.UUID]:
    if not run_ids:
        return []
    stored = error.as_json()
    parameters = {
        "ids": list(run_ids),
        "error": as_set([stored])[1:-1],
        "reason": error.code,
        "fingerprint": fingerprint(stored),
    }
    failed = sorted({run_id for (run_id,) in fetch(FAIL_RUNS, parameters)})
    count_transitions((False, FAILED) for _ in failed)
    return failed


def write(
    changes: Iterable[RunChanges],
    used: Sequence[Row] = (),
    beside: Beside | None = None,
    reservations: Sequence[Reservation] = (),
) -> int | None:
    """Write the changes and the usage of many runs in one round trip.

    ``NewEffect.reserved`` is a place in ``reservations``.

    Returns the id of the transaction, or None if nothing was logged.

    Raises StaleRunError if another process moved a run or step.
    """
    gathered = list(changes)
    sets: list[tuple[str, Sequence[object]]] = [
        (UPDATE_RUNS, [c.run for c in gathered if c.run]),
        (UPDATE_STEPS, [row for c in gathered for row in c.steps.values()]),
        (UPDATE_EFFECTS, [row for c in gathered for row in c.effects.values()]),
        (END_RESERVATIONS, [EndedReservation(key) for c in gathered for key in c.ended_reservations]),
        (INSERT_STEPS, [row for c in gathered for row in c.new_steps]),
        (INSERT_EFFECTS, [row for c in gathered for row in c.new_effects]),
        (INSERT_RESOLUTIONS, [replace(row, backend=other_backends()) for c in gathered for row in c.resolutions]),
        (waits.INSERT, [row for c in gathered for row in c.waits]),
        (approvals.INSERT, [row for c in gathered for row in c.approvals]),
        (items.INSERT_INPUTS, [row for c in gathered for row in c.inputs]),
        (usage.INSERT, list(used)),
        (INSERT_LOG, [row for c in gathered for row in c.log]),
    ]
    written = [(statement, rows) for statement, rows in sets if rows]
    last = beside.statement if beside is not None else None
    first = {INSERT_EFFECTS: [as_set(reservations)]}
    statements: list[tuple[str, Parameters]] = [
        (statement, [*first.get(statement, ()), as_set(rows)]) for statement, rows in written
    ]
    done = execute_all([*statements, last] if last is not None else statements) if statements or last else []
    if [one.touched for one in done[: len(written)]] != [len(rows) for _, rows in written]:
        raise StaleRunError("a row is not in the state that its worker expects; another process has changed the row")
    if beside is not None:
        beside.settle(0 if last is None else done[-1].touched)
    count_transitions((bool(row.step_key), row.to_state) for c in gathered for row in c.log)
    return done[len(written) - 1].value if written and written[-1][0] is INSERT_LOG else None
