"""Decides the state of an approval. A single rejection ends the approval. Otherwise, ``quorum`` people must approve."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.runs import states
from automate.workflows.flow_steps.approval import ApprovalOutput, DecisionOutput
from automate.workflows.parts import written


def outcome_of(decisions: Sequence[DecisionOutput], quorum: int) -> tuple[str, JsonObject]:
    """Return the state of an approval, and the outcome for the waiting step."""
    if decisions and decisions[-1].outcome == states.REJECTED:
        error = NormalizedError(
            "APPROVAL_REJECTED",
            f"{decisions[-1].by} rejected it.",
            details={"expired": False, "decisions": [written(one) for one in decisions]},
        )
        return states.REJECTED, {"error": error.as_json()}
    outcome: JsonObject = {"output": written(ApprovalOutput(states.APPROVED, tuple(decisions)))}
    return states.APPROVED if len(decisions) >= quorum else states.PENDING, outcome
