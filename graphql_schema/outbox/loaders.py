"""Load the runs of many jobs at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.queries import JobRow
from automate.runs.queries import runs_by_id
from graphql_schema.connections import objects_of
from graphql_schema.planning import Of, Selected


def runs_of_jobs(jobs: Sequence[Of[JobRow]], field: Selected) -> list[object]:
    ids = [job.row.subject_id if job.row.topic == RUN_ADVANCE else None for job in jobs]
    return objects_of(ids, runs_by_id, field.make)
