"""Load the runs of many jobs at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_RUNS
from automate.outbox.claims import RUN_ADVANCE
from automate.runs.queries import runs_by_id
from graphql_schema.connections import objects_of
from graphql_schema.outbox.types import OutboxJob
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.types import ExecutionRun, run_of


@prefetch(OutboxJob, "run", VIEW_RUNS)
def runs_of_jobs(jobs: Sequence[OutboxJob], _field: Selected) -> list[ExecutionRun | None]:
    ids = [job.row.subject_id if job.row.topic == RUN_ADVANCE else None for job in jobs]
    return objects_of(ids, runs_by_id, run_of)
