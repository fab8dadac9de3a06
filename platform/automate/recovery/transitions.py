"""SQL of the recovery operations on runs."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Mapping, Sequence

import orjson

from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import as_set, execute, fetch
from automate.runs.hold_queries import RULE, WORKFLOW
from automate.runs.states import JOB_OF_RUN
from automate.runs.windows.transitions import STILL

Row = Mapping[str, object]

KEY_SECONDS = 7 * DAY_SECONDS
"""How long the idempotencyKey of an operation is remembered. The key of an event is remembered for the same
time."""
KEYS_PER_PRUNING = 64
"""On average, one in this many new keys also removes twice as many expired keys."""

TAKE_KEY = """
INSERT INTO operation_key (operation, key, digest, expires_at) VALUES (%s, %s, %s, now() + make_interval(secs => %s))
ON CONFLICT (operation, key) DO UPDATE SET digest = excluded.digest, outcome = NULL, expires_at = excluded.expires_at
WHERE operation_key.expires_at <= now()
RETURNING id
"""
PRUNE_KEYS = """
DELETE FROM operation_key WHERE id = ANY (ARRAY(
    SELECT id FROM operation_key WHERE expires_at <= now() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""
READ_KEY = "SELECT digest, outcome::text FROM operation_key WHERE operation = %s AND key = %s"
KEEP_OUTCOME = "UPDATE operation_key SET outcome = %s::jsonb WHERE operation = %s AND key = %s"
STATES = "SELECT id, state FROM execution_run WHERE id = ANY (%s)"

# Prevent other retries of these lines until the transaction ends. An advisory lock, because a line may have no first run to lock.
LINE_LOCK = 0x6C696E65
LOCK_LINES = f"""
SELECT pg_advisory_xact_lock({LINE_LOCK}, line.hash)
FROM (SELECT DISTINCT hashtext(line_id::text) AS hash FROM unnest(%s::uuid[]) AS l (line_id) ORDER BY 1) AS line
"""
# New runs that replace others. A step that waits for the former run waits for the new one, if its wait is still open.
REPEAT_RUNS = """
INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, source_id, rule_id, origin_id, line_id, state,
                           state_reason, trace_id, depth, step_count, created_at, retry_of_id, parent_step_id, job_id, started_by, started_person, test)
SELECT m.id, r.workflow_id, m.version_id, m.event_id, coalesce((SELECT e.source_id FROM event e WHERE e.id = m.event_id), r.source_id),
       r.rule_id, m.origin_id, coalesce(r.line_id, r.origin_id),
       'queued', '', r.trace_id, greatest(r.depth, m.depth), m.step_count, now(), r.id,
       CASE WHEN EXISTS (SELECT 1 FROM step_wait w WHERE w.step_id = r.parent_step_id AND w.outcome IS NULL)
            THEN r.parent_step_id END,
       m.job_id, m.started_by, m.started_person, r.test
FROM json_to_recordset(%s::json) AS m (id uuid, old uuid, version_id uuid, event_id uuid, origin_id uuid, depth int,
                                       step_count int, job_id uuid, started_by text, started_person uuid)
JOIN execution_run r ON r.id = m.old
"""
COPY_STEPS = """
INSERT INTO step_run (id, run_id, key, item, attempt, state, output, error, started_at, finished_at)
SELECT m.id, m.run_id, s.key, s.item, s.attempt, s.state, s.output, s.error, s.started_at, s.finished_at
FROM json_to_recordset(%s::json) AS m (id uuid, run_id uuid, step_id uuid) JOIN step_run s ON s.id = m.step_id
"""


# Runs whose start a pause prevented, by the paused object.
LET_GO = f"""
UPDATE public.outbox_job j SET parked = '', due_at = now()
FROM execution_run r
WHERE r.{{column}} = %s AND r.state = 'queued' AND j.id = {JOB_OF_RUN} AND j.parked = %s AND j.state = 'pending'
RETURNING r.id
"""
LET_GO_OF_WORKFLOW, LET_GO_OF_RULE = LET_GO.format(column="workflow_id"), LET_GO.format(column="rule_id")
# Timers of the throttles that stood still; there are as many as keys.
LET_GO_TIMERS = """
UPDATE public.outbox_job j SET parked = '', due_at = now()
FROM rule_window w
WHERE w.open AND w.waiting > 0 AND j.id = w.job_id AND j.parked = %s AND j.state = 'pending' AND {of}
"""
TIMERS_OF_RULE = LET_GO_TIMERS.format(of="w.rule_id = %s")
TIMERS_OF_WORKFLOW = LET_GO_TIMERS.format(
    of="w.id IN (SELECT t.window_id FROM throttled_run t JOIN execution_run r ON r.id = t.run_id WHERE r.workflow_id = %s)"
)
RUNS_IN = "SELECT id FROM execution_run WHERE workflow_id = %s AND state = ANY (%s)"


def runs_in(workflow_id: uuid.UUID, states: Collection[str]) -> list[uuid.UUID]:
    """Return the ids of the workflow's runs that are in one of these states."""
    return [run_id for (run_id,) in fetch(RUNS_IN, [workflow_id, sorted(states)])]


def let_go_of_workflow(workflow_id: uuid.UUID) -> list[uuid.UUID]:
    # Also continues the queues of the workflow's throttles.
    execute(TIMERS_OF_WORKFLOW, [STILL[WORKFLOW], workflow_id])
    return [run_id for (run_id,) in fetch(LET_GO_OF_WORKFLOW, [workflow_id, WORKFLOW])]


def let_go_of_rule(rule_id: uuid.UUID) -> list[uuid.UUID]:
    execute(TIMERS_OF_RULE, [STILL[RULE], rule_id])
    return [run_id for (run_id,) in fetch(LET_GO_OF_RULE, [rule_id, RULE])]


# The lists of for_each steps.
COPY_INPUTS = """
INSERT INTO step_input (id, run_id, key, input, items)
SELECT m.id, m.run_id, i.key, i.input, i.items
FROM json_to_recordset(%s::json) AS m (id uuid, old uuid, run_id uuid, key text) JOIN step_input i ON i.run_id = m.old AND i.key = m.key
"""


def copy_inputs(rows: Sequence[Row]) -> None:
    # The new runs keep these steps, or some of their items.
    if rows:
        execute(COPY_INPUTS, [as_set(rows)])


def take_key(operation: str, key: str, digest: str) -> bool:
    # False if the key is already stored. Waits for a transaction that is storing the same key.
    taken = bool(fetch(TAKE_KEY, [operation, key, digest, KEY_SECONDS]))
    if taken and random.randrange(KEYS_PER_PRUNING) == 0:  # noqa: S311 - spreads work, guards nothing
        execute(PRUNE_KEYS, [2 * KEYS_PER_PRUNING])
    return taken


def read_key(operation: str, key: str) -> tuple[str, JsonObject]:
    ((digest, outcome),) = fetch(READ_KEY, [operation, key])
    return digest, orjson.loads(outcome)


def keep_outcome(operation: str, key: str, outcome: JsonValue) -> None:
    execute(KEEP_OUTCOME, [json_string(outcome), operation, key])


def states_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    return dict(fetch(STATES, [list(run_ids)]))


def lock_lines(line_ids: Sequence[uuid.UUID]) -> None:
    fetch(LOCK_LINES, [list(line_ids)])


def repeat_runs(rows: Sequence[Row]) -> None:
    execute(REPEAT_RUNS, [as_set(rows)])


def copy_steps(rows: Sequence[Row]) -> None:
    if rows:
        execute(COPY_STEPS, [as_set(rows)])
