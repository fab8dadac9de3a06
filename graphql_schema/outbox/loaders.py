"""Load the runs of many jobs at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.queries import JobRow
from automate.runs.queries import runs_by_id
from graphql_schema.planning import Of, Selected


def runs_of_jobs(jobs: Sequence[Of[JobRow]], field: Selected) -> list[object]:
    ids = sorted({job.row.subject_id for job in jobs if job.row.topic == RUN_ADVANCE})
    found = {run_id: field.make(row) for run_id, row in runs_by_id(ids).items()} if ids else {}
    return [found.get(job.row.subject_id) if job.row.topic == RUN_ADVANCE else None for job in jobs]
