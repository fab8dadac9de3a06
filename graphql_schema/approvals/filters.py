"""What a list of approvals is narrowed to."""

from __future__ import annotations

import strawberry

from automate.runs.approvals.queries import ApprovalsFilter
from graphql_schema.approvals.types import ApprovalState


@strawberry.input
class ApprovalFilter:
    states: list[ApprovalState] | None = None

    def rows(self) -> ApprovalsFilter:
        return ApprovalsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
        )
