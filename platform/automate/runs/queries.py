"""Reads runs and their steps as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.budgets.kinds import CONCURRENT_RUNS, COST, METRICS, RESERVED
from automate.budgets.models import RUN_SLOT, SLOT_CAUSES, WAITING_RUNS
from automate.budgets.windows import RESETS, USED, shown
from automate.events.event_types.search_keys import digest_of_line
from automate.events.queries import EVENT_COLUMNS, HAS_VALUE, EventRow, event_row
from automate.kernel.committed_queries import CommittedSelection
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import (
    Condition,
    Page,
    RowReader,
    Slice,
    columns_of,
    counts_under,
    pages_under,
    rows_by_id,
    within,
)
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.runs.states import JOB_OF_RUN
from automate.runs.waiting import RunThrottle
from automate.runs.waiting_queries import HELD_BY_BUDGET
from automate.workflows.queries import (
    WorkflowRow,
    WorkflowVersionRow,
    version_row,
    workflow_row,
)


@dataclass(frozen=True)
class RunRow:
    """One run. ``version``, ``workflow`` and ``event`` are None if they were not read."""

    id: uuid.UUID
    workflow_id: uuid.UUID
    workflow_version_id: uuid.UUID
    event_id: uuid.UUID
    rule_id: uuid.UUID | None
    state: str
    state_reason: str
    error: dict[str, JsonValue] | None
    """``{code, message, details}``."""
    trace_id: str
    step_count: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    origin_id: uuid.UUID
    retry_of_id: uuid.UUID | None
    fingerprint: uuid.UUID | None
    test: bool
    version: WorkflowVersionRow | None = None
    workflow: WorkflowRow | None = None
    event: EventRow | None = None


_run_row = RowReader(RunRow, "r", error=orjson.loads)
RUN_COLUMNS = _run_row.columns
# A page of runs, or some by their ids.
SELECT_RUNS = f"SELECT {RUN_COLUMNS} FROM execution_run AS r"
# A deleted source keeps its slug, and a new source may have the same slug.
SOURCES_OF_SLUG = "SELECT id FROM source WHERE slug = %s"
OF_EVENT = "SELECT FROM event AS e WHERE e.id = r.event_id"
RETRIED = "EXISTS (SELECT FROM execution_run AS n WHERE n.retry_of_id = r.id OFFSET 0)"
# The same with each run's version and workflow.
JOIN_VERSION = " JOIN workflow_version AS v ON v.id = r.workflow_version_id JOIN workflow AS w ON w.id = v.workflow_id"
# The same with each run's event, which may be removed before the run.
JOIN_EVENT = " LEFT JOIN event AS e ON e.id = r.event_id"


@dataclass(frozen=True)
class StepRow:
    """The latest attempt at a step, or at one item of a step."""

    run_id: uuid.UUID
    id: uuid.UUID
    key: str
    attempt: int
    state: str
    error: dict[str, JsonValue] | None
    started_at: datetime
    finished_at: datetime | None
    item: int
    """The index of the item, if the step has several items."""
    due_at: datetime | None
    """The time at which a waiting or retrying attempt continues."""
    begun: tuple[datetime, uuid.UUID] | None = None
    """Time and id of the first attempt, if the statement reads them. They order steps by execution."""


step_row = RowReader(
    StepRow, "s", {"due_at": "CASE WHEN s.state IN ('retrying', 'waiting') THEN s.due_at END"}, error=orjson.loads
)
STEP_COLUMNS = step_row.columns
# The current attempt of each top-level step, with the time and the id of its first attempt: the order of execution. Steps that
# one transaction began have the same time; their ids rise in the order in which the engine began them.
_CURRENT_STEPS = f"""
SELECT DISTINCT ON (run_id, key) {columns_of(StepRow, "step_run")},
       first_value(started_at) OVER first_attempt AS begun, first_value(id) OVER first_attempt AS first_id
FROM step_run WHERE {{of_runs}}item = -1
WINDOW first_attempt AS (PARTITION BY run_id, key ORDER BY attempt)
ORDER BY run_id, key, attempt DESC
"""
OF_RUNS = "run_id = ANY(%s::uuid[])"
# The first steps of several runs.
FIRST_STEPS = " WHERE s.place <= %s ORDER BY s.run_id, s.place"
SELECT_STEPS = f"""
SELECT {STEP_COLUMNS}
FROM (
    SELECT s.*, row_number() OVER (PARTITION BY s.run_id ORDER BY s.begun, s.first_id) AS place
    FROM ({_CURRENT_STEPS.format(of_runs=f"{OF_RUNS} AND ")}) AS s
) AS s{FIRST_STEPS}"""
# A page of the steps of each of several runs.
SELECT_STEP_PLACES = f"SELECT {STEP_COLUMNS}, s.begun, s.first_id FROM ({_CURRENT_STEPS.format(of_runs='')}) AS s"
STEP_PLACE = ("s.begun", "s.first_id")
BEGUN_STEPS = "(SELECT DISTINCT run_id, key FROM step_run WHERE item = -1) AS s"
# Some steps by their ids.
SELECT_STEPS_BY_ID = f"SELECT {STEP_COLUMNS} FROM step_run AS s WHERE s.id = ANY(%s)"
# Queued runs that wait for their key, each with its place in the key's queue and the key's earliest holder. The places of a
# key are counted once, not for each run.
WAITING_FOR_KEYS = f"""
SELECT p.run_id, p.key, p.place,
       (SELECT h.run_id FROM run_slot h WHERE h.digest = p.digest AND h.held
        ORDER BY h.place, h.event_id, h.run_id LIMIT 1),
       (SELECT CASE WHEN isfinite(j.due_at) THEN j.due_at END
        FROM execution_run r JOIN public.outbox_job j ON j.id = {JOB_OF_RUN} WHERE r.id = p.run_id)
FROM (
    SELECT s.run_id, s.digest, s.key, row_number() OVER (PARTITION BY s.digest ORDER BY s.place, s.event_id, s.run_id) AS place
    FROM run_slot s
    WHERE s.digest = ANY (ARRAY(SELECT m.digest FROM run_slot m WHERE m.run_id = ANY(%(runs)s) AND NOT m.held)) AND NOT s.held
      AND (SELECT r.state FROM execution_run r WHERE r.id = s.run_id) = 'queued'
) p
WHERE p.run_id = ANY(%(runs)s)
"""
# Runs that wait for a budget. The oldest job goes first; woken runs have a queue of their own.
WAITING_FOR_BUDGETS = f"""
SELECT p.subject_id, p.parked, p.place, NULL::uuid, CASE WHEN isfinite(p.due_at) THEN p.due_at END, f."window", f.scope_label,
       f.scope, f."limit", f.resets
FROM (
    SELECT o.subject_id, o.parked, o.due_at, row_number() OVER (PARTITION BY o.parked ORDER BY o.id) AS place
    FROM public.outbox_job o WHERE o.tenant_id = %(tenant)s AND o.parked <> '' AND o.parked = ANY(%(metrics)s)
) p
LEFT JOIN LATERAL (
    SELECT b."window", b.scope_label, b.scope, b."limit", {RESETS} AS resets FROM public.budget b
    WHERE b.tenant_id = %(tenant)s AND b.metric = p.parked AND b.action = 'throttle' AND b."window" <> 'always'
      AND ({USED} >= b."limit" OR b.metric = 'cost')
      AND (b.scope LIKE '@%%' OR b.scope IN ('', (SELECT r.workflow_id::text FROM execution_run r WHERE r.id = p.subject_id)))
    ORDER BY {USED} >= b."limit" DESC, resets DESC, b."limit" - {USED} LIMIT 1
) f ON true
WHERE p.subject_id = ANY(%(runs)s)
"""
# Started runs, those with a run slot, the maximum number of slots, and the runs that wait for one.
SELECT_UNDER_WAY = """
SELECT (SELECT count(*) FROM public.budget_slot WHERE tenant_id = %(tenant)s),
       (SELECT count(*) FROM public.budget_slot WHERE tenant_id = %(tenant)s AND working),
       (SELECT "limit" FROM public.budget WHERE tenant_id = %(tenant)s AND metric = %(metric)s),
       (SELECT count(*) FROM public.outbox_job WHERE tenant_id = %(tenant)s AND parked <> '' AND parked = ANY (%(causes)s))
"""
# Progress of for_each steps. Only the last attempt at an item is ever final.
SELECT_PROGRESS = """
SELECT p.id, n.items, i.done, i.failed
FROM step_run p JOIN step_input n ON n.run_id = p.run_id AND n.key = p.key CROSS JOIN LATERAL (
    SELECT count(*) AS done, count(*) FILTER (WHERE state = 'failed') AS failed FROM step_run i
    WHERE i.run_id = p.run_id AND i.key = p.key AND i.item >= 0 AND i.state IN ('succeeded', 'failed')
) i
WHERE p.id = ANY(%s) AND p.item = -1
"""


@dataclass(frozen=True)
class ItemsProgress:
    """The progress of a step ``flow.for_each``."""

    total: int
    done: int
    """Items that have ended, including failed ones."""
    failed: int


@dataclass(frozen=True)
class RunsFilter:
    """Filters for the list of runs. A field that is None does not filter."""

    states: tuple[str, ...] | None = None
    workflow: str | None = None
    """A slug."""
    workflow_id: uuid.UUID | None = None
    version_id: uuid.UUID | None = None
    rule: str | None = None
    """A slug."""
    rule_id: uuid.UUID | None = None
    event_id: uuid.UUID | None = None
    fingerprint: uuid.UUID | None = None
    test: bool | None = None
    """True: only tests. False: no tests."""
    since: datetime | None = None
    """Time of creation, inclusive."""
    until: datetime | None = None
    """Time of creation, exclusive."""
    ended_since: datetime | None = None
    """Time of the end, inclusive. Only runs that have ended match."""
    ended_until: datetime | None = None
    """Time of the end, exclusive. Only runs that have ended match."""
    trace_id: str | None = None
    error_code: str | None = None
    idempotency_key: str | None = None
    """The Idempotency-Key of the run's event."""
    search: tuple[str, ...] | None = None
    """Search keys of the run's event, as in an EventsFilter."""
    source: str | None = None
    """A slug."""
    not_source: str | None = None
    """A slug. Runs whose event was removed stay in the list."""
    held_by_budget: bool | None = None
    """Whether the run waits for a budget."""
    retried: bool | None = None
    """Whether a retry has replaced the run."""


@dataclass(frozen=True)
class Joins:
    """The objects that a query reads together with a run."""

    version: bool = False
    event: bool = False

    def select(self) -> str:
        columns, tables = RUN_COLUMNS, "execution_run AS r"
        if self.version:
            columns += f", {version_row.columns}, {workflow_row.columns}"
            tables += JOIN_VERSION
        if self.event:
            columns += f", {EVENT_COLUMNS}"
            tables += JOIN_EVENT
        return f"SELECT {columns} FROM {tables}"

    def make(self, row: TupleRow) -> RunRow:
        own, rest = row[:_RUN_WIDTH], row[_RUN_WIDTH:]
        version = workflow = event = None
        if self.version:
            version, workflow = version_row(rest[:_VERSION_WIDTH]), workflow_row(rest[_VERSION_WIDTH:_JOINED_WIDTH])
            rest = rest[_JOINED_WIDTH:]
        if self.event and rest[0] is not None:
            event = event_row(rest)
        return _run_row(own, version=version, workflow=workflow, event=event)


NO_JOINS = Joins()
_RUN_WIDTH = RUN_COLUMNS.count(",") + 1
_VERSION_WIDTH = version_row.columns.count(",") + 1
_JOINED_WIDTH = _VERSION_WIDTH + workflow_row.columns.count(",") + 1


def conditions_of(wanted: RunsFilter) -> list[Condition]:
    """Return the SQL conditions of a filter. The conditions use ``r`` as the alias of ``execution_run``."""
    conditions = within("r.created_at", "r.id", wanted.since, wanted.until)
    if wanted.states is not None:
        conditions.append(Condition("r.state = ANY(%s)", (list(wanted.states),)))
    for compared, value in (
        ("r.workflow_id = (SELECT id FROM workflow WHERE slug = %s)", wanted.workflow),
        ("r.workflow_id = %s", wanted.workflow_id),
        ("r.workflow_version_id = %s", wanted.version_id),
        ("r.rule_id = (SELECT id FROM rule_spec WHERE slug = %s)", wanted.rule),
        ("r.rule_id = %s", wanted.rule_id),
        ("r.event_id = %s", wanted.event_id),
        (f"EXISTS ({OF_EVENT} AND e.idempotency_key = %s)", wanted.idempotency_key),
        (f"r.source_id = ANY (ARRAY({SOURCES_OF_SLUG}))", wanted.source),
        (f"(r.source_id IS NULL OR r.source_id <> ALL (ARRAY({SOURCES_OF_SLUG})))", wanted.not_source),
        ("r.fingerprint = %s", wanted.fingerprint),
        ("r.error IS NOT NULL AND r.error ->> 'code' = %s", wanted.error_code),
        ("r.test = %s", wanted.test),
        ("r.trace_id = %s", wanted.trace_id),
        ("r.finished_at >= %s", wanted.ended_since),
        ("r.finished_at < %s", wanted.ended_until),
        (f"{HELD_BY_BUDGET} = %s", wanted.held_by_budget),
        (f"{RETRIED} = %s", wanted.retried),
    ):
        if value is not None:
            conditions.append(Condition(compared, (value,)))
    conditions += [
        Condition(f"EXISTS ({OF_EVENT} AND {HAS_VALUE})", (digest_of_line(one),)) for one in wanted.search or ()
    ]
    return conditions


def followed_runs(wanted: RunsFilter, joins: Joins = NO_JOINS) -> CommittedSelection[RunRow]:
    """Return the runs that a client's subscription follows."""
    return CommittedSelection(joins.select(), "r.id", conditions_of(wanted), joins.make)


def runs_by_id(ids: Sequence[uuid.UUID], joins: Joins = NO_JOINS) -> dict[uuid.UUID, RunRow]:
    return rows_by_id(joins.make, joins.select() + " WHERE r.id = ANY(%s)", ids)


def runs_of_events(events: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[RunRow]]:
    """Return one page of runs for each event, newest runs first."""
    return pages_under(SELECT_RUNS, "r.id", "r.event_id", events, part, NO_JOINS.make)


def count_runs_of_events(events: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("execution_run", "event_id", events)


def run_row(row: TupleRow) -> RunRow:
    return NO_JOINS.make(row)


def steps_of(runs: Sequence[uuid.UUID], first: int) -> dict[uuid.UUID, list[StepRow]]:
    """Return the latest attempt at each top-level step. ``first`` is the maximum number of steps for each run."""
    found: dict[uuid.UUID, list[StepRow]] = {run: [] for run in runs}
    for step in map(step_row, fetch(SELECT_STEPS, [list(runs), first])):
        found[step.run_id].append(step)
    return found


def step_pages_of(runs: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[StepRow]]:
    """Return a page of the top-level steps of each run, in order of execution."""
    in_order = replace(part, oldest_first=True)
    return pages_under(SELECT_STEP_PLACES, STEP_PLACE, "s.run_id", runs, in_order, _placed_step)


def _placed_step(row: TupleRow) -> StepRow:
    *columns, begun, first_id = row
    return replace(step_row(columns), begun=(begun, first_id))


def count_steps(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many top-level steps of each run have started."""
    return counts_under(BEGUN_STEPS, "s.run_id", runs)


def steps_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, StepRow]:
    return rows_by_id(step_row, SELECT_STEPS_BY_ID, ids)


def throttles_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RunThrottle]:
    """Return, for each run, the throttle that the run waits for. Executes two SQL statements."""
    parameters = {"runs": list(run_ids), "tenant": current_tenant().id, "metrics": [*METRICS, WAITING_RUNS, RUN_SLOT]}
    by_budget, by_key = fetch(WAITING_FOR_BUDGETS, parameters), fetch(WAITING_FOR_KEYS, parameters)
    held = [*map(_held_by_budget, by_budget), *(RunThrottle(run_id, "key", *columns) for run_id, *columns in by_key)]
    return {throttle.run_id: throttle for throttle in held}


def _held_by_budget(row: TupleRow) -> RunThrottle:
    run_id, cause, place, holder, looks_again_at, window, label, scope, limit, resets_at = row
    kind, name = _throttle_of(cause)
    if window is not None:
        name = shown(name, window, label, scope)
        # People who may not see billed amounts may read runs.
        limit = None if cause == COST else limit
    reserves = cause in RESERVED
    return RunThrottle(run_id, kind, name, place, holder, looks_again_at, limit, resets_at, reserves)


def _throttle_of(cause: str) -> tuple[str, str]:
    # `RunThrottle` lists the kinds.
    if cause == RUN_SLOT:
        return "budget", CONCURRENT_RUNS
    return ("limit" if cause == WAITING_RUNS else "budget"), cause


@dataclass(frozen=True)
class UnderWay:
    """The numbers of a tenant's open runs, and the limit on concurrent runs."""

    count: int
    """Started runs that have not ended."""
    working: int
    """Started runs that hold a run slot."""
    budget: int | None
    """The limit of the tenant's ``concurrent_runs``; None without one."""
    held_back: int
    """Runs that wait for a run slot, or for permission to start."""


def under_way() -> UnderWay:
    causes = sorted(SLOT_CAUSES)
    parameters = {"tenant": current_tenant().id, "metric": CONCURRENT_RUNS, "causes": causes}
    return UnderWay(*fetch(SELECT_UNDER_WAY, parameters)[0])


def items_progress(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, ItemsProgress]:
    """Return the progress of each step ``flow.for_each``. The result maps the id of the step to its progress."""
    return {step: ItemsProgress(*counts) for step, *counts in fetch(SELECT_PROGRESS, [list(steps)])}
