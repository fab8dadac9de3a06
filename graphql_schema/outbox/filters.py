"""What a list of jobs is narrowed to."""

from __future__ import annotations

import strawberry

from automate.outbox.queries import JobsFilter
from graphql_schema.outbox.types import OutboxJobState


@strawberry.input
class OutboxJobFilter:
    states: list[OutboxJobState] | None = None
    topics: list[str] | None = None

    def rows(self) -> JobsFilter:
        return JobsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
            topics=tuple(self.topics) if self.topics is not None else None,
        )
