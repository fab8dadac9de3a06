"""Converts rows of the approval log to items of approvalFeed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from automate.approvals.feed_queries import ApprovalLogRow
from automate.kernel.feed_log_queries import Position
from automate.runs.approvals.queries import ApprovalDecisionRow, ApprovalRow, approvals_by_id, decisions_by_id
from automate.runs.approvals.transitions import DECIDED, ENDED
from automate.runs.choices import ApprovalState
from graphql_schema.approvals.feed.types import ApprovalDecided, ApprovalEnded, ApprovalFeedFilter, ApprovalRequested
from graphql_schema.approvals.types import approval_of, decision_of
from graphql_schema.connections import space_of
from graphql_schema.feeds.types import FeedCheckpoint, FeedGap
from graphql_schema.ids import row_id_of
from graphql_schema.payloads import PayloadBytes
from graphql_schema.planning import Selected

Change = ApprovalRequested | ApprovalDecided | ApprovalEnded


@dataclass(frozen=True)
class ApprovalsOfPage:
    """The approvals and decisions that one page of log rows refers to."""

    approvals: Mapping[uuid.UUID, ApprovalRow]
    decisions: Mapping[uuid.UUID, ApprovalDecisionRow]


def near(rows: Sequence[ApprovalLogRow]) -> ApprovalsOfPage:
    """Read the approvals and decisions that these log rows refer to."""
    decisions = sorted({row.decision_id for row in rows if row.decision_id is not None})
    return ApprovalsOfPage(
        approvals_by_id(sorted({row.approval_id for row in rows})), decisions_by_id(decisions) if decisions else {}
    )


class ApprovalFeedView:
    """Converts log rows to items for one subscription. Create this object in the tenant's scope."""

    def __init__(self, filter: ApprovalFeedFilter | None, field: Selected) -> None:
        self.space = space_of("approvalFeed")
        wanted = filter or ApprovalFeedFilter()
        self.roles = frozenset(role.value for role in wanted.roles) if wanted.roles is not None else None
        self.runs = (
            frozenset(row_id_of(run, "ExecutionRun") for run in wanted.runs) if wanted.runs is not None else None
        )
        self.field = field

    def cursor(self, position: Position) -> str:
        return self.space.seal_position(*position)

    def open(self, cursor: str) -> Position:
        """Return the position in the log that a cursor encodes. Raises INVALID_CURSOR if the cursor is invalid."""
        return self.space.open_position(cursor)

    def wanted(self, rows: Sequence[ApprovalLogRow]) -> list[ApprovalLogRow]:
        """Return the log rows that match the filter. Rows of removed approvals are left out."""
        return [
            row
            for row in rows
            if row.roles is not None
            and (self.roles is None or self.roles & row.roles)
            and (self.runs is None or row.run_id in self.runs)
        ]

    def items(self, rows: Sequence[ApprovalLogRow], near: ApprovalsOfPage) -> list[Change]:
        items = [self._item(row, near) for row in rows]
        # Each round of a feed may show as many payloads as one answer.
        replace(self.field.plan, payload_bytes=PayloadBytes()).fill(self.field.type, items, self.field.nodes)
        return items

    def _item(self, row: ApprovalLogRow, near: ApprovalsOfPage) -> Change:
        cursor, approval = self.cursor(row.position), approval_of(near.approvals[row.approval_id])
        if row.change == DECIDED and row.decision_id is not None:
            decision = decision_of(near.decisions[row.decision_id])
            return ApprovalDecided(cursor=cursor, occurred_at=row.occurred_at, approval=approval, decision=decision)
        if row.change == ENDED:
            state = ApprovalState(row.state)
            return ApprovalEnded(cursor=cursor, occurred_at=row.occurred_at, approval=approval, state=state)
        return ApprovalRequested(cursor=cursor, occurred_at=row.occurred_at, approval=approval)

    def checkpoint(self, position: Position) -> FeedCheckpoint:
        return FeedCheckpoint(cursor=self.cursor(position))

    def gap(self, before: Position, following: Position) -> FeedGap:
        return FeedGap(from_=self.cursor(before), to=self.cursor(following))
