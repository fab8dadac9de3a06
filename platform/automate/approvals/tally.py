"""Decides an approval from its decisions. The first rejection rejects. Approvers up to the quorum approve."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import Json, NormalizedError
from automate.runs import states


def come_to(decisions: Sequence[Json], quorum: int) -> tuple[str, Json]:
    """Return the state of an approval, and the outcome for the waiting step."""
    if decisions and decisions[-1]["outcome"] == states.REJECTED:
        error = NormalizedError(
            "APPROVAL_REJECTED",
            f"{decisions[-1]['by']} rejected it.",
            details={"expired": False, "decisions": list(decisions)},
        )
        return states.REJECTED, {"error": error.as_json()}
    outcome = {"output": {"outcome": states.APPROVED, "decisions": list(decisions)}}
    return states.APPROVED if len(decisions) >= quorum else states.PENDING, outcome
