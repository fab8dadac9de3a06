"""The filter of a list of approvals."""

from __future__ import annotations

import strawberry

from automate.approvals.members import email_of
from automate.kernel.principals import Principal
from automate.runs.approvals.queries import ApprovalsFilter, ApprovalViewer
from automate.runs.choices import ApprovalState


def viewer_of(principal: Principal) -> ApprovalViewer:
    """Convert the caller to the type that the list of approvals uses."""
    return ApprovalViewer(
        principal.kind, principal.id, principal.name, principal.role, email_of(principal), principal.person
    )


@strawberry.input
class ApprovalFilter:
    states: list[ApprovalState] | None = None
    mine: bool = strawberry.field(
        default=False, description="True: only approvals that the caller may decide and has not decided yet."
    )

    def rows(self, principal: Principal) -> ApprovalsFilter:
        return ApprovalsFilter(
            mine=viewer_of(principal) if self.mine else None,
            states=tuple(state.value for state in self.states) if self.states is not None else None,
        )
