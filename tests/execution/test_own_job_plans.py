"""A statement that needs a few jobs finds them by their ids, and does not read all jobs of the tenant."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from automate.budgets import transitions as budgets
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, current_tenant
from automate.outbox import claims as outbox_claims
from automate.outbox import transitions as outbox_transitions
from automate.outbox.states import JOB_OPEN_SQL
from automate.recovery import queries as recovery_queries
from automate.recovery import transitions as recovery
from automate.runs import hold_queries, loaded_queries, queries, transitions, waiting_queries
from automate.runs.concurrency import claims
from automate.runs.states import JOB_OF_RUN
from tenants.sweeping import transitions as sweeping
from tests.support.plane import Plane
from tests.support.query_plans import rows_read

ROOT = Path(__file__).parents[2]
RUNS, JOBS = 5, 1_000
MOST_ROWS = 400
"""Far fewer than all jobs, whatever else a statement reads of its runs."""
OTHER_JOBS = """
INSERT INTO public.outbox_job SELECT (jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'subject_id',
    gen_random_uuid(), 'state', 'pending', 'open', true, 'due_at', 'infinity', 'parked', 'nothing'))).*
FROM public.outbox_job j CROSS JOIN generate_series(1, %s) WHERE j.tenant_id = %s
"""

Make = Callable[[list[uuid.UUID]], tuple[str, Any]]
STATEMENTS: dict[str, Make] = {
    "load runs": lambda runs: (loaded_queries.LOAD_RUNS, [runs]),
    "lock jobs": lambda runs: (transitions.LOCK_JOBS, [runs]),
    "read open runs": lambda runs: (transitions.READ_OPEN, [runs, runs, ["running", "queued", "succeeded"]]),
    "held": lambda runs: (hold_queries.HELD, [runs]),
    "holds": lambda runs: (waiting_queries.SELECT_HOLDS, [runs]),
    "waiting for keys": lambda runs: (queries.WAITING_FOR_KEYS, {"runs": runs}),
    "wake": lambda runs: (claims.WAKE, [runs]),
    "free runs": lambda runs: (sweeping.FREE_RUNS, {"runs": runs, "before": "2100-01-01"}),
    "let go": lambda runs: (recovery.LET_GO_OF_WORKFLOW, [runs[0], "workflow"]),
}


def plan_of(statement: str, values: Any) -> Any:
    ((found,),) = fetch(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


@pytest.fixture
def runs(plane: Plane) -> list[uuid.UUID]:
    plane.publish("one", [{"key": "a", "uses": "log.write", "with": {"message": "m"}}])
    for _ in range(RUNS):
        plane.send({})
    plane.drain()
    plane.root.execute(OTHER_JOBS, JOBS, plane.tenant.id)
    plane.root.execute("ANALYZE public.outbox_job")
    with acting_for(plane.tenant):
        return [run for (run,) in fetch("SELECT id FROM execution_run")]


def rows_read_by(plane: Plane, statements: Mapping[str, tuple[str, Any]]) -> dict[str, int]:
    """Rows that each statement reads, by its name. No statement changes anything for the next one."""
    found = {}
    with acting_for(plane.tenant):
        for name, statement in statements.items():
            with transaction.atomic():
                found[name] = rows_read(plan_of(*statement))
                transaction.set_rollback(True)
    return found


def with_ids(statements: Mapping[str, Make], ids: list[uuid.UUID]) -> dict[str, tuple[str, Any]]:
    return {name: make(ids) for name, make in statements.items()}


def test_statement_reads_the_jobs_of_its_runs_alone(plane: Plane, runs: list[uuid.UUID]) -> None:
    assert len(runs) == RUNS
    found = rows_read_by(plane, with_ids(STATEMENTS, runs))
    assert {name: rows for name, rows in found.items() if rows >= MOST_ROWS} == {}


def test_rows_of_all_jobs_would_be_seen(plane: Plane, runs: list[uuid.UUID]) -> None:
    former = loaded_queries.LOAD_RUNS.replace(JOB_OF_RUN, "coalesce(r.job_id, r.id)")
    with acting_for(plane.tenant):
        assert rows_read(plan_of(former, [runs])) > RUNS * JOBS


JOBS_BY_ID: dict[str, Make] = {
    "claim": lambda jobs: (outbox_claims.CLAIM, {"ids": jobs, "tenant": jobs[0], "lease": 30}),
    "wake up": lambda jobs: (outbox_transitions.WAKE_UP, [jobs]),
    "signal": lambda jobs: (outbox_transitions.SIGNAL, {"ids": jobs, "signal": outbox_transitions.WAKE}),
    "match again": lambda jobs: (recovery_queries.MATCHING, [jobs]),
    "reclaim slots": lambda jobs: (budgets.RECLAIM, {"tenant": current_tenant().id}),
}
"""An event's job has the id of the event."""


@pytest.fixture
def sudden_backlog(plane: Plane, runs: list[uuid.UUID]) -> list[uuid.UUID]:
    """PostgreSQL has counted no open job, and then the tenant gets many. Returns the ids of events whose runs hold slots."""
    plane.root.execute("DELETE FROM public.outbox_job WHERE open")
    plane.root.execute("ANALYZE public.outbox_job")
    plane.root.execute(OTHER_JOBS, JOBS, plane.tenant.id)
    for run in runs:
        plane.root.execute(
            "INSERT INTO public.budget_slot (holder_id, tenant_id, working) VALUES (%s, %s, true)"
            " ON CONFLICT (holder_id) DO UPDATE SET working = true",
            run,
            plane.tenant.id,
        )
    with acting_for(plane.tenant):
        return [event for (event,) in fetch("SELECT event_id FROM execution_run")]


def test_statement_reads_few_jobs_of_a_sudden_backlog(plane: Plane, sudden_backlog: list[uuid.UUID]) -> None:
    with acting_for(plane.tenant):
        statements = with_ids(JOBS_BY_ID, sudden_backlog)
    found = rows_read_by(plane, statements)
    assert {name: rows for name, rows in found.items() if rows >= MOST_ROWS} == {}


def names_open(statement: str) -> str:
    """A statement as it was before: it names the column ``open``."""
    former = statement.replace(f"state IN ({JOB_OPEN_SQL})", "open")
    return (
        former
        if former != statement
        else re.sub(r"((?:j\.)?)state = 'pending'|state = 'dispatched'", r"\g<0> AND \1open", statement, count=1)
    )


def test_twins_that_name_the_column_open_read_all_of_them(plane: Plane, sudden_backlog: list[uuid.UUID]) -> None:
    """Shows that the test above can fail, for each of its statements."""
    with acting_for(plane.tenant):
        statements = with_ids(JOBS_BY_ID, sudden_backlog)
    found = rows_read_by(plane, {name: (names_open(text), values) for name, (text, values) in statements.items()})
    assert {name: rows for name, rows in found.items() if rows <= JOBS} == {}


def sources() -> Sequence[Path]:
    return [path for folder in ("platform", "actors", "tenants") for path in (ROOT / folder).rglob("*.py")]


def test_no_statement_names_the_job_of_a_run_in_its_own_way() -> None:
    named = re.compile(r"coalesce\(\w*\.?job_id, \w*\.?id\)")
    found = [path.name for path in sources() if named.search(path.read_text(encoding="utf-8"))]
    assert found == ["states.py"]


def test_no_statement_names_the_column_open_right_after_an_id() -> None:
    """Joins are not found in this way: those with many jobs belong into JOBS_BY_ID."""
    named = re.compile(r"(?<!_)\bid = (ANY \(%\S+\)|\{JOB_OF_RUN\}|\w\.\w+) AND (NOT )?(j\.)?open")
    found = [path.name for path in sources() if named.search(path.read_text(encoding="utf-8"))]
    assert found == []
