"""What a chunk reads to find its items: about as many rows as it takes, wherever in the history they stand."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from automate.kernel.queries import database_now
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.recovery.bulk import queries
from automate.runs.queries import RunsFilter
from tests.support.plane import Plane

RUNS, ITEMS = 6_000, 20
GROUP = uuid.UUID(int=7)
ROWS = """
INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, origin_id, state, state_reason, fingerprint,
                           retry_of_id, trace_id, depth, step_count, created_at, started_at, finished_at)
SELECT id, workflow, workflow, id, id, CASE WHEN bad THEN 'failed' ELSE 'succeeded' END, '',
       CASE WHEN bad THEN lpad((n %% 3 + 7)::text, 32, '0')::uuid END,
       CASE WHEN NOT bad THEN lpad(to_hex(n), 32, '0')::uuid END, '', 1, 1, now(), now(), now()
FROM (SELECT n, n %% 2 = 0 AS bad, lpad(to_hex(n + 1000000), 32, '0')::uuid AS id, lpad((n %% 4)::text, 32, '0')::uuid AS workflow
      FROM generate_series(1, %s) n) made
"""


@pytest.fixture
def history(plane: Plane) -> Plane:
    """Every second run has failed, in three groups, and the others are retries of such as are gone."""
    with acting_for(plane.tenant):
        fetch(ROWS + " RETURNING 1", [RUNS])
    table = f'"{plane.tenant.schema}".execution_run'
    plane.root.execute(f"VACUUM ANALYZE {table}")
    return plane


def rows_read(plan: dict[str, Any]) -> int:
    """Rows that the scans of a plan looked at."""
    below = sum(rows_read(child) for child in plan.get("Plans", ()))
    if "Scan" not in plan["Node Type"]:
        return below
    seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + int(seen * plan["Actual Loops"])


@pytest.mark.parametrize(
    "wanted",
    [
        {"fingerprint": GROUP},
        {},
        {"workflow_id": uuid.UUID(int=2)},
    ],
)
@pytest.mark.parametrize("after", [None, 1_000_000 + RUNS // 2])
def test_chunk_reads_little_more_than_it_takes(
    history: Plane, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], after: int | None
) -> None:
    read: list[int] = []

    def explained(statement: str, values: Any) -> list[tuple[Any, ...]]:
        ((found,),) = fetch(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
        plan = json.loads(found) if isinstance(found, str) else found
        read.append(rows_read(plan[0]["Plan"]))
        return fetch(statement, values)

    with acting_for(history.tenant):
        selection = queries.select("RETRY", RunsFilter(states=("failed", "timed_out"), **wanted), database_now())
        monkeypatch.setattr(queries, "fetch", explained)
        start = uuid.UUID(int=after) if after is not None else None
        found = queries.next_selected(selection, start, ITEMS)
    assert len(found) == ITEMS
    assert found == sorted(found)
    assert read[0] < 10 * ITEMS
