"""The query failureGroups: groups of similar failures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from django.db.models import TextChoices

from automate.kernel.json_values import as_text
from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.redaction import redact_text
from automate.outbox.topic_choices import OutboxJobTopic
from automate.runs import failure_queries
from automate.runs.failure_queries import GroupRow
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.listed import listed
from graphql_schema.planning import load_selection, selected


@described
class FailureKind(TextChoices):
    """Whether the failures of a group are failed runs or dead jobs."""

    RUNS = failure_queries.RUNS, "Runs that failed or timed out with an error."
    JOBS = failure_queries.JOBS, "Dead jobs."


STILL_OPEN, RESOLVED_ONCE, OPEN_AGAIN = "open", "resolved", "reopened"


@described
class FailureGroupState(TextChoices):
    """Whether a person has resolved a group of failures."""

    OPEN = STILL_OPEN, "No person has resolved the group."
    RESOLVED = RESOLVED_ONCE, "A person has resolved the group, and it has no later failure."
    REOPENED = OPEN_AGAIN, "A person resolved the group, and it has a later failure."


@strawberry.type(
    description="Failures with the same error code and connector, whose messages differ only in numbers, ids "
    "and quoted values."
)
class FailureGroup:
    fingerprint: str = strawberry.field(
        description="The id of the group. Pass it in the filter of runs, of outboxJobs, or of a bulk operation on them."
    )
    code: str = strawberry.field(description="The error code that the failures share.")
    message: str = strawberry.field(description="The message of the newest failure.")
    count: int = strawberry.field(
        description="The number of failures: exact up to 10,000; 10,001 means at least that many."
    )
    first_at: datetime = strawberry.field(description="The time of the oldest failure.")
    last_at: datetime = strawberry.field(description="The time of the newest failure.")
    trend: list[int] = strawberry.field(
        description=f"The failures in each of the last {failure_queries.TREND_HOURS} hours, the oldest hour first, counted like `count`."
    )
    workflows: list[str] = strawberry.field(
        description=f"Slugs of the workflows concerned, at most {failure_queries.MOST_WORKFLOWS}."
    )
    topics: list[OutboxJobTopic] = strawberry.field(description="The topics of the dead jobs. Empty for RUNS.")
    state: FailureGroupState = strawberry.field(description="Whether a person has resolved the group.")
    resolved_at: datetime | None = strawberry.field(
        description="The time at which the group was resolved. Null if it is not resolved."
    )
    resolved_by: str | None = strawberry.field(
        description="The name of the caller who resolved the group. Null if it is not resolved."
    )
    resolved_reason: str | None = strawberry.field(
        description="The reason that this caller gave. Null if the group is not resolved."
    )


def group_of(row: GroupRow) -> FailureGroup:
    return FailureGroup(
        fingerprint=row.fingerprint.hex,
        code=as_text(row.error["code"]),
        message=redact_text(as_text(row.error["message"])),
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        trend=row.trend,
        workflows=row.workflows,
        topics=[OutboxJobTopic(topic) for topic in row.topics],
        state=_state(row),
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolved_reason=row.reason,
    )


def _state(row: GroupRow) -> FailureGroupState:
    if row.resolved_at is None:
        return FailureGroupState(STILL_OPEN)
    return FailureGroupState(OPEN_AGAIN if row.reopened else RESOLVED_ONCE)


DEFAULT_KIND = FailureKind(failure_queries.RUNS)


@strawberry.type
class FailureQueries:
    @listed(VIEW_RUNS, "The groups of failures. The group with the newest failure comes first.")
    def failure_groups(
        self,
        info: Info,
        of: FailureKind = DEFAULT_KIND,
        resolved: Annotated[
            bool | None,
            strawberry.argument(
                description="True: only groups that are RESOLVED. False: only groups that are OPEN or REOPENED. Null: all."
            ),
        ] = None,
    ) -> Connection[FailureGroup]:
        part = of.value if resolved is None else f"{of.value} {resolved}"
        field, space = selected(info), space_of("failureGroups", part)
        trend = field.wants("edges", "node", "trend")
        page = failure_queries.groups_page(of.value, slice_of(space, field.arguments), resolved=resolved, trend=trend)

        def count() -> int:
            return failure_queries.count_groups(of.value, resolved=resolved)

        return load_selection(info, connection_of(field, space, page, group_of, count))
