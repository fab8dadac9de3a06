"""OutboxJob: the promise that something will be done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from automate.outbox import claims, models
from automate.outbox.choices import OutboxJobState, OutboxJobTopic
from automate.outbox.queries import JobRow
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken

if TYPE_CHECKING:
    from graphql_schema.runs.types import ExecutionRun

SUBJECTS = {
    claims.EVENT_MATCH: "Event",
    claims.RUN_ADVANCE: "ExecutionRun",
    claims.BULK_ADVANCE: "BulkOperation",
    claims.SCHEDULE_TICK: "Schedule",
    claims.RULE_BACKTEST: "Backtest",
    claims.RULE_WINDOW: "RuleWindow",
    claims.EVENT_REINDEX: "EventType",
    claims.APPROVAL_NOTIFY: "Approval",
    claims.INVITATION_NOTIFY: "Invitation",
    claims.MAIL_SEND: "Mail",
    claims.NOTICE_TELL: "Notice",
}
"""Topic -> the entity that its subject is."""


@planned_by("graphql_schema.outbox.loaders")
@strawberry_django.type(
    models.OutboxJob, description="The promise that something will be done. Done ones leave within the hour."
)
class OutboxJob(Node):
    topic: OutboxJobTopic
    subject: strawberry.ID = strawberry.field(
        description=f"What it is about, by its topic: {', '.join(SUBJECTS.values())}."
    )
    state: OutboxJobState
    attempts: strawberry.auto
    parked: strawberry.auto
    trace_id: strawberry.auto
    due_at: datetime | None = strawberry.field(description="Null while only the end of what holds it wakes it.")
    last_error: ErrorAnswer | None
    fingerprint: str | None = strawberry.field(
        description="What its error has in common with others of its kind, once it is dead: see failureGroups."
    )
    created_at: strawberry.auto
    finished_at: strawberry.auto
    restored: strawberry.auto
    row: strawberry.Private[JobRow]

    @strawberry.field(
        description="The run that the job advances, with its effects as the ledger has them. Null for jobs of other topics."
    )
    def run(self, info: Info) -> Annotated[ExecutionRun, strawberry.lazy("graphql_schema.runs.types")] | None:
        return taken(self, info)


_outbox_job = copier(OutboxJob, JobRow, "id", "topic", "subject", "state", "last_error", "fingerprint", "row")


def job_of(row: JobRow) -> OutboxJob:
    return _outbox_job(
        row,
        id=strawberry.ID(global_id("OutboxJob", row.id)),
        topic=OutboxJobTopic(row.topic),
        subject=strawberry.ID(global_id(SUBJECTS[row.topic], row.subject_id)),
        state=OutboxJobState(row.state),
        last_error=stored_answer(row.last_error, row.trace_id) if row.last_error else None,
        fingerprint=row.fingerprint.hex if row.fingerprint is not None else None,
        row=row,
    )
