"""The GraphQL type OutboxJob. An OutboxJob is work that the database stores."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from automate.kernel.json_values import as_object
from automate.kernel.permissions import VIEW_RUNS
from automate.outbox import models
from automate.outbox.choices import OutboxJobState
from automate.outbox.queries import JobRow
from automate.outbox.registry import registry
from automate.outbox.topic_choices import OutboxJobTopic
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.ids import global_id
from graphql_schema.outbox.loaders import runs_of_jobs
from graphql_schema.planning import planned, prefetched

if TYPE_CHECKING:
    from graphql_schema.runs.types import ExecutionRun

SUBJECTS = {topic.name: topic.subject for topic in registry().values()}
"""Maps a topic to the type of the object that its jobs are about."""


@strawberry_django.type(
    models.OutboxJob,
    description="Work that the platform has stored and still has to do. Done jobs are deleted within an hour.",
)
class OutboxJob(Node):
    topic: OutboxJobTopic
    subject: strawberry.ID = strawberry.field(
        description=f"The entity that the job is about. Its type follows from the topic: {', '.join(SUBJECTS.values())}."
    )
    state: OutboxJobState
    attempts: strawberry.auto
    parked: strawberry.auto
    trace_id: strawberry.auto
    due_at: datetime | None
    last_error: ErrorAnswer | None
    fingerprint: str | None
    created_at: strawberry.auto
    finished_at: strawberry.auto
    restored: strawberry.auto
    row: strawberry.Private[JobRow]

    @planned(runs_of_jobs, VIEW_RUNS)
    @strawberry.field(description="The run that the job continues, with its effects. Null for jobs with other topics.")
    def run(self, info: Info) -> Annotated[ExecutionRun, strawberry.lazy("graphql_schema.runs.types")] | None:
        return prefetched(self, info)


_outbox_job = copier(OutboxJob, JobRow, "id", "topic", "subject", "state", "last_error", "fingerprint", "row")


def job_of(row: JobRow) -> OutboxJob:
    return _outbox_job(
        row,
        id=strawberry.ID(global_id("OutboxJob", row.id)),
        topic=OutboxJobTopic(row.topic),
        subject=strawberry.ID(global_id(SUBJECTS[row.topic], row.subject_id)),
        state=OutboxJobState(row.state),
        last_error=stored_answer(as_object(row.last_error), row.trace_id) if row.last_error else None,
        fingerprint=row.fingerprint.hex if row.fingerprint is not None else None,
        row=row,
    )
