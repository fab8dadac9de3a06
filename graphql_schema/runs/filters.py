"""What a list of runs, or the feed, is narrowed to."""

from __future__ import annotations

import uuid

import strawberry

from automate.runs.queries import RunsFilter
from graphql_schema.ids import row_id_of
from graphql_schema.runs.types import RunState

NOTHING = uuid.UUID(int=0)
"""What an id that is not one of ours stands for: the same answer as for an unknown one."""


@strawberry.input
class RunFilter:
    states: list[RunState] | None = None
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug or id.")
    event: strawberry.ID | None = None

    def rows(self) -> RunsFilter:
        workflow_id = row_id_of(self.workflow, "Workflow") if self.workflow is not None else None
        return RunsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
            workflow=self.workflow if workflow_id is None else None,
            workflow_id=workflow_id,
            event_id=(row_id_of(self.event, "Event") or NOTHING) if self.event is not None else None,
        )


@strawberry.input
class RunFeedFilter:
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug or id.")
    runs: list[strawberry.ID] | None = None

    def run_ids(self) -> frozenset[uuid.UUID] | None:
        if self.runs is None:
            return None
        return frozenset(row_id_of(run, "ExecutionRun") or NOTHING for run in self.runs)
