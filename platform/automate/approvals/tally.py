"""Decides an approval from its decisions.

The first rejection rejects the approval. The approval is approved when the number of approvers reaches its quorum.
"""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import Json, NormalizedError
from automate.runs import states


def come_to(decisions: Sequence[Json], quorum: int) -> tuple[str, Json]:
    """Return the state of an approval and the outcome for the step that waits.

    ``decisions`` are ordered by time, oldest first.

    For an open approval, the outcome assumes that the approval expires now.
    """
    if decisions and decisions[-1]["outcome"] == states.REJECTED:
        error = NormalizedError(
            "APPROVAL_REJECTED",
            f"{decisions[-1]['by']} rejected it.",
            details={"expired": False, "decisions": list(decisions)},
        )
        return states.REJECTED, {"error": error.as_json()}
    outcome = {"output": {"outcome": states.APPROVED, "decisions": list(decisions)}}
    return states.APPROVED if len(decisions) >= quorum else states.PENDING, outcome
