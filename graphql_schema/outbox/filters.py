"""The filter of lists of jobs."""

from __future__ import annotations

import strawberry

from automate.kernel.json_values import JsonValue
from automate.outbox.choices import OutboxJobState
from automate.outbox.queries import JobsFilter
from automate.outbox.topic_choices import OutboxJobTopic
from graphql_schema.json_text import present
from graphql_schema.runs.filters import fingerprint_of


@strawberry.input
class OutboxJobFilter:
    states: list[OutboxJobState] | None = None
    topics: list[OutboxJobTopic] | None = strawberry.field(default=None, description="Jobs with any of these topics.")
    fingerprint: str | None = strawberry.field(
        default=None, description="The fingerprint of the error with which a dead job failed; see failureGroups."
    )

    restored: bool | None = strawberry.field(
        default=None,
        description="True: only jobs that were open when the database was restored and that wait for "
        "releaseRestored. False: all other jobs.",
    )

    def rows(self) -> JobsFilter:
        return JobsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
            topics=tuple(topic.value for topic in self.topics) if self.topics is not None else None,
            fingerprint=fingerprint_of(self.fingerprint),
            restored=self.restored,
        )

    @staticmethod
    def shown(rows: JobsFilter) -> dict[str, JsonValue]:
        """Convert a filter of a query back to the input that a client would send."""
        return present(
            states=[OutboxJobState(state).name for state in rows.states] if rows.states is not None else None,
            topics=[OutboxJobTopic(topic).name for topic in rows.topics] if rows.topics is not None else None,
            fingerprint=rows.fingerprint.hex if rows.fingerprint is not None else None,
            restored=rows.restored,
        )
