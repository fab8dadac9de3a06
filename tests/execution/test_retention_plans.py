"""The sweeper finds the log of its runs by the runs, however many old rows of other runs there are."""

from __future__ import annotations

from typing import Any

from tenants.sweeping import transitions as sql
from tests.control_plane.test_event_lists import blocks
from tests.support.plane import Plane, Root

RUNS, EACH = 8_000, 5
FILL = """
INSERT INTO {schema}.run_log (epoch, xid, run_id, workflow_id, step_key, from_state, to_state, reason, occurred_at)
SELECT 1, place, md5((place %% %s)::text)::uuid, gen_random_uuid(), '', '', 'running', '', now() - interval '200 days'
FROM generate_series(1, %s) AS place
"""
ALL_COLUMNS = "(epoch, xid, id) < (%(epoch)s, %(xid)s, %(entry)s)"


def removed(plane: Plane, root: Root, statement: str) -> tuple[int, int]:
    """How many rows of twenty runs the statement removes, and how many blocks it reads for that."""
    schema = plane.tenant.schema
    root.execute(FILL.format(schema=schema), RUNS, RUNS * EACH)
    root.execute(f"ANALYZE {schema}.run_log")
    runs = [row for (row,) in root.rows(f"SELECT DISTINCT run_id FROM {schema}.run_log LIMIT 20")]
    values: dict[str, Any] = {"runs": runs, "epoch": 1, "xid": RUNS * EACH + 1, "entry": 0}
    with root.connection.transaction():
        root.connection.execute("SELECT set_config('automate.retention', 'on', true)")
        root.connection.execute(f"SET LOCAL search_path = {schema}, public")
        row = root.connection.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, values).fetchone()
    assert row is not None
    ((left,),) = root.rows(f"SELECT count(*) FROM {schema}.run_log")
    return RUNS * EACH - left, blocks(row[0][0]["Plan"])


def test_rows_are_found_by_their_runs(plane: Plane) -> None:
    (statement,) = sql.REMOVE_LOG
    gone, read = removed(plane, plane.root, statement)
    assert gone == 20 * EACH
    assert read <= 20 * EACH * 6


def test_twin_that_names_the_columns_of_the_key_reads_the_whole_log(plane: Plane) -> None:
    (statement,) = sql.REMOVE_LOG
    assert sql.BEFORE_KEPT in statement
    gone, read = removed(plane, plane.root, statement.replace(sql.BEFORE_KEPT, ALL_COLUMNS))
    assert gone == 20 * EACH
    assert read > 20 * EACH * 6


def test_marks_that_stand_cost_no_commit(plane: Plane) -> None:
    from datetime import datetime, timezone

    from django.db import connections

    from tenants.routers import ADMIN
    from tenants.sweeping import claims

    turn = claims.Turn(plane.tenant, datetime(2020, 1, 1, tzinfo=timezone.utc))
    befores = {"runs": datetime(2026, 1, 1, tzinfo=timezone.utc), "payloads": datetime(2026, 2, 1, tzinfo=timezone.utc)}
    stored = (
        "SELECT data_class, removed_before, xmin::text FROM public.retention_policy WHERE tenant_id = %s ORDER BY 1"
    )
    claims.mark(connections[ADMIN], turn, befores)
    first = plane.root.rows(stored, plane.tenant.id)
    assert [(name, at) for name, at, _ in first] == sorted(befores.items())
    claims.mark(connections[ADMIN], turn, befores)
    assert plane.root.rows(stored, plane.tenant.id) == first
    later = {**befores, "runs": datetime(2026, 3, 1, tzinfo=timezone.utc)}
    claims.mark(connections[ADMIN], turn, later)
    assert {name: at for name, at, _ in plane.root.rows(stored, plane.tenant.id)} == later
