"""Converts rows of the run log to items of runFeed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from automate.kernel.cursors import CursorSpace
from automate.runs.feed_queries import LogRow, Position
from automate.runs.queries import RunRow, StepRow, runs_by_id, steps_by_id
from automate.workflows.queries import workflow_by_slug
from graphql_schema.connections import space_of
from graphql_schema.ids import global_row_id_of
from graphql_schema.payloads import PayloadBytes
from graphql_schema.planning import Selected
from graphql_schema.runs.feed.types import FeedGap, FeedKind, LifecycleState, RunFeedItem
from graphql_schema.runs.filters import NOTHING, RunFeedFilter
from graphql_schema.runs.types import run_of, step_of


class RunsOfPage:
    """The runs and steps whose ids are in one page of the run log."""

    def __init__(self, rows: Sequence[LogRow]) -> None:
        self._rows = rows

    @cached_property
    def runs(self) -> dict[uuid.UUID, RunRow]:
        return runs_by_id(sorted({row.run_id for row in self._rows}))

    @cached_property
    def steps(self) -> dict[uuid.UUID, StepRow]:
        ids = sorted({row.step_id for row in self._rows if row.step_id is not None})
        return steps_by_id(ids) if ids else {}


@dataclass(frozen=True)
class RunView:
    space: CursorSpace
    filter: RunFeedFilter
    field: Selected

    def cursor(self, position: Position) -> str:
        return self.space.seal_position(*position)

    def open(self, cursor: str) -> Position:
        return self.space.open_position(cursor)

    def wanted(self, rows: Sequence[LogRow]) -> list[LogRow]:
        workflow, runs = self._workflow(), self.filter.run_ids()
        return [
            row
            for row in rows
            if (workflow is None or row.workflow_id == workflow) and (runs is None or row.run_id in runs)
        ]

    def _workflow(self) -> uuid.UUID | None:
        # Read each time, because the workflow may be created after the subscription began.
        name = self.filter.workflow
        if name is None:
            return None
        by_id = global_row_id_of(name, "Workflow")
        if by_id is not None:
            return by_id
        row = workflow_by_slug(name)
        return row.id if row is not None else NOTHING

    def items(self, rows: Sequence[LogRow], near: RunsOfPage) -> list[RunFeedItem]:
        items = [self._item(row, near) for row in rows]
        # Each round may show as many payloads as one answer.
        replace(self.field.plan, payload_bytes=PayloadBytes()).fill(self.field.type, items, self.field.nodes)
        return items

    def _item(self, row: LogRow, near: RunsOfPage) -> RunFeedItem:
        with_step = self._shows_steps and row.step_id is not None
        # A step's error names its run's trace.
        run = near.runs.get(row.run_id) if self._shows_runs or with_step else None
        step = near.steps.get(row.step_id) if with_step and row.step_id is not None else None
        return RunFeedItem(
            kind=FeedKind("TRANSITION"),
            cursor=self.cursor(row.position),
            occurred_at=row.occurred_at,
            from_state=LifecycleState(row.from_state) if row.from_state else None,
            to_state=LifecycleState(row.to_state),
            reason=row.reason or None,
            run=run_of(run) if run is not None else None,
            step=step_of(step, run.trace_id) if step is not None and run is not None else None,
        )

    @cached_property
    def _shows_runs(self) -> bool:
        return self.field.wants("run")

    @cached_property
    def _shows_steps(self) -> bool:
        return self.field.wants("step")

    def checkpoint(self, position: Position) -> RunFeedItem:
        return RunFeedItem(kind=FeedKind("CHECKPOINT"), cursor=self.cursor(position))

    def gap(self, before: Position, following: Position) -> RunFeedItem:
        gap = FeedGap(from_=self.cursor(before), to=self.cursor(following))
        return RunFeedItem(kind=FeedKind("GAP"), cursor=gap.to, gap=gap)


def run_view(wanted: RunFeedFilter | None, field: Selected) -> RunView:
    # In the tenant's scope, because cursors are valid only there.
    return RunView(space_of("runFeed"), wanted or RunFeedFilter(), field)
