"""One subscriber's place in the run log, moved on in steps, each of which runs in a thread and holds nothing after."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace

from automate.kernel.cursors import CursorSpace
from automate.kernel.metrics import FEED_LAG
from automate.runs.feed_queries import PAGE_ROWS, LogRow, Position, log_after, log_bounds, resume
from automate.runs.queries import runs_by_id, steps_by_id
from automate.workflows.queries import workflow_by_slug
from graphql_schema.ids import global_row_id_of
from graphql_schema.payloads import PayloadBytes
from graphql_schema.planning import Selected
from graphql_schema.runs.feed.types import FeedGap, FeedKind, LifecycleState, RunFeedItem
from graphql_schema.runs.filters import NOTHING, RunFeedFilter
from graphql_schema.runs.types import ExecutionRun, StepRun, run_of, step_of


@dataclass(frozen=True)
class Step:
    """items: what to send. more: there is more to read at once. held: newer rows exist, behind a transaction
    that is still open, so that looking again soon is worth it."""

    items: list[RunFeedItem]
    more: bool = False
    held: bool = False


class FeedReader:
    def __init__(self, space: CursorSpace, wanted: RunFeedFilter | None, field: Selected) -> None:
        self.space = space
        self.wanted = wanted or RunFeedFilter()
        self.field = field
        self.position: Position = (0, 0, 0)

    def cursor(self, position: Position) -> str:
        return self.space.seal_position(*position)

    def start(self, after: str | None) -> Step:
        """The first checkpoint and, where the cursor's neighbours are gone, the gap. Raises NormalizedError."""
        bounds = log_bounds()
        self.position = self.space.open_position(after) if after is not None else bounds.now()
        items = [self.checkpoint()]
        following = resume(self.position, bounds) if after is not None else self.position
        if following != self.position:
            gap = FeedGap(from_=self.cursor(self.position), to=self.cursor(following))
            items.append(RunFeedItem(kind=FeedKind.GAP, cursor=gap.to, gap=gap))
            self.position = following
        return Step(items, more=True)

    def checkpoint(self) -> RunFeedItem:
        return RunFeedItem(kind=FeedKind.CHECKPOINT, cursor=self.cursor(self.position))

    def advance(self) -> Step:
        """The next transitions, at most a page of the log, which the filter may thin."""
        found = log_after(self.position)
        if found.rows:
            self.position = found.rows[-1].position
            FEED_LAG.observe(max(0.0, time.time() - found.rows[0].occurred_at.timestamp()))
        workflow = self._workflow()
        runs = self.wanted.run_ids()
        rows = [
            row
            for row in found.rows
            if (workflow is None or row.workflow_id == workflow) and (runs is None or row.run_id in runs)
        ]
        return Step(self._items(rows), more=len(found.rows) == PAGE_ROWS, held=found.held)

    def _workflow(self) -> uuid.UUID | None:
        """Looked up each time: a workflow may be saved after somebody began to listen for it."""
        name = self.wanted.workflow
        if name is None:
            return None
        by_id = global_row_id_of(name, "Workflow")
        if by_id is not None:
            return by_id
        row = workflow_by_slug(name)
        return row.id if row is not None else NOTHING

    def _items(self, rows: list[LogRow]) -> list[RunFeedItem]:
        if not rows:
            return []
        # A step's error names its run's trace.
        wanted = self.field.wants("run") or self.field.wants("step")
        runs = runs_by_id(sorted({row.run_id for row in rows})) if wanted else {}
        step_ids = sorted({row.step_id for row in rows if row.step_id is not None})
        steps = steps_by_id(step_ids) if step_ids and self.field.wants("step") else {}
        items = []
        for row in rows:
            run, step = runs.get(row.run_id), steps.get(row.step_id) if row.step_id is not None else None
            items.append(
                self._item(
                    row,
                    run_of(run) if run is not None else None,
                    step_of(step, run.trace_id) if step is not None and run is not None else None,
                )
            )
        # What one answer may show of payloads, each round of a feed may.
        replace(self.field.plan, payload_bytes=PayloadBytes()).fill(self.field.type, items, self.field.nodes)
        return items

    def _item(self, row: LogRow, run: ExecutionRun | None, step: StepRun | None) -> RunFeedItem:
        return RunFeedItem(
            kind=FeedKind.TRANSITION,
            cursor=self.cursor(row.position),
            occurred_at=row.occurred_at,
            from_state=LifecycleState(row.from_state) if row.from_state else None,
            to_state=LifecycleState(row.to_state),
            reason=row.reason or None,
            run=run,
            step=step,
        )
