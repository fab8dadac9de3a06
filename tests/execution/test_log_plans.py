"""Writing a row of a run's log reads that run's last row, however old the plan is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg import sql

from automate.outbox.epochs.transitions import EPOCH
from automate.project.databases import BY_KEY, database
from automate.runs import transitions
from tests.support.plane import Plane

FEW, SOME, ROWS, RUNS = 10, 6_000, 20_000, 20
MOST_BUFFERS = 40
"""Of a row: its run's last row, its own indexes, and their pages' splits."""
FILL = f"""
INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_key, from_state, to_state, reason, occurred_at)
SELECT n, {EPOCH}, gen_random_uuid(), gen_random_uuid(), '', 'queued', 'running', '', now() FROM generate_series(1, %s) n
RETURNING run_id
"""
AS_BEFORE = "(SELECT l.xid FROM run_log l WHERE l.run_id = m.run_id AND l.epoch = {epoch} ORDER BY l.id DESC LIMIT 1)"
NOW = "(SELECT CASE WHEN l.epoch = {epoch} THEN l.xid END FROM run_log l WHERE l.run_id = m.run_id ORDER BY l.id DESC LIMIT 1)"


Connect = Callable[[str], psycopg.Connection[Any]]
"""Opens a session as a worker does. The argument: what is left out of its settings."""


@pytest.fixture
def session(plane: Plane) -> Iterator[Connect]:
    """Sessions of the tenant's schema. Their transactions are rolled back: autovacuum cannot see the rows and plan anew."""
    limits = {"statement_timeout_ms": 60_000, "lock_timeout_ms": 1_000, "idle_timeout_ms": 60_000, "connect_seconds": 5}
    entry: Any = database(plane.root.url, pool_size=0, process="worker", by_key=True, **limits)
    worker = entry["OPTIONS"]["options"]
    with ExitStack() as stack:

        def connect(without: str = "") -> psycopg.Connection[Any]:
            options = worker.replace(without, "")
            connection = stack.enter_context(psycopg.connect(plane.root.url, dbname="automate", options=options))
            stack.callback(connection.rollback)
            connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(plane.tenant.schema)))
            connection.execute("SET plan_cache_mode = force_generic_plan")
            return connection

        yield connect


def buffers_per_row(session: psycopg.Connection[Any], statement: str, *, analyzed: bool) -> float:
    """Plan the statement while the table is small, fill it, and write rows of runs that have some.

    analyzed: PostgreSQL knows that the table has ten rows. Otherwise it has no statistics of the table.
    """
    if not analyzed:
        # An earlier test may have left statistics of this tenant's table.
        session.execute("SET LOCAL session_replication_role = replica")  # The trigger refuses TRUNCATE.
        session.execute("TRUNCATE run_log")
        session.execute("SET LOCAL session_replication_role = origin")
        session.execute("SET LOCAL allow_system_table_mods = on")
        session.execute("DELETE FROM pg_statistic WHERE starelid = 'run_log'::regclass")
    session.execute(FILL, [FEW if analyzed else SOME])
    if analyzed:
        session.execute("ANALYZE run_log")
    session.execute(f"PREPARE write AS {statement.replace('%s', '$1')}")
    session.execute("EXPLAIN EXECUTE write ('[]')")
    runs = [run for (run,) in session.execute(FILL, [ROWS]).fetchall()[-RUNS:]]
    change = {"workflow_id": str(uuid.uuid4()), "from_state": "running", "to_state": "succeeded", "reason": ""}
    written = json.dumps([{"run_id": str(run), **change} for run in runs])
    explain = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE write ({})").format(sql.Literal(written))
    plan = session.execute(explain).fetchall()[0][0][0]["Plan"]
    return float(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]) / RUNS


@pytest.mark.parametrize("analyzed", [True, False])
def test_row_of_a_run_costs_the_same_in_a_table_that_has_grown(session: Connect, analyzed: bool) -> None:  # noqa: FBT001 - pytest gives it
    assert buffers_per_row(session(""), transitions.INSERT_LOG, analyzed=analyzed) < MOST_BUFFERS


def test_twin_with_an_old_plan_reads_the_whole_table(session: Connect) -> None:
    """Shows that the test above can fail."""
    off = " -c enable_seqscan=off"
    assert off in BY_KEY
    assert buffers_per_row(session(off), transitions.INSERT_LOG, analyzed=True) > MOST_BUFFERS


def test_twin_that_searches_by_epoch_reads_the_whole_epoch(session: Connect) -> None:
    """Shows that the test above can fail."""
    now, before = NOW.format(epoch=EPOCH), AS_BEFORE.format(epoch=EPOCH)
    assert now in transitions.INSERT_LOG
    assert buffers_per_row(session(""), transitions.INSERT_LOG.replace(now, before), analyzed=False) > MOST_BUFFERS
