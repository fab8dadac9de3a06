"""Reads the usage of past runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from automate.kernel.ids import ids_around
from automate.kernel.sql import fetch

MOST_RUNS = 200_000
"""Maximum number of runs of a day that are counted."""
LAST_DAY = f"""
SELECT count(*) FROM (SELECT 1 FROM execution_run WHERE workflow_id = %s AND id >= %s AND created_at >= now() - interval '1 day' AND NOT test
                      LIMIT {MOST_RUNS}) AS found
"""
CALLED = "SELECT connector, sum(tries)::bigint FROM effect WHERE run_id = ANY (%s) GROUP BY connector"
STEPS = "SELECT count(*) FROM step_run WHERE run_id = ANY (%s) AND state <> 'skipped'"
OF_EVENTS = "SELECT id FROM execution_run WHERE event_id = ANY (%s) ORDER BY id DESC LIMIT 1000"


def runs_of_last_day(workflow_id: uuid.UUID) -> int:
    # Counts at most MOST_RUNS.
    since, _ = ids_around(datetime.now(timezone.utc) - timedelta(days=1))
    ((count,),) = fetch(LAST_DAY, [workflow_id, since])
    return int(count)


def used_by(run_ids: Sequence[uuid.UUID]) -> tuple[int, dict[str, int]]:
    """Return the number of step attempts of these runs, and the number of calls for each connector."""
    ((steps,),) = fetch(STEPS, [list(run_ids)])
    return int(steps), {connector: int(calls) for connector, calls in fetch(CALLED, [list(run_ids)])}


def runs_of(event_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return the newest runs of these events."""
    return [run_id for (run_id,) in fetch(OF_EVENTS, [list(event_ids)])]
