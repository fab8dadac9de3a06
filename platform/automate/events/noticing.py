"""Plans the notices about budgets that reached a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from automate.budgets.spending.transitions import Crossing
from automate.events import thresholds
from automate.notices import transitions as notices
from automate.notices.kinds import BUDGET
from automate.notices.transitions import NoticeRequest


def plan_budgets(crossings: Sequence[Crossing]) -> None:
    # Requires a transaction.
    policy, has_recipients = notices.read_policy()
    if not has_recipients or BUDGET not in policy.kinds:
        return
    wanted = [
        NoticeRequest(
            BUDGET,
            thresholds.key_of(crossing),
            {**thresholds.payload_of(crossing), "name": thresholds.subject_of(crossing)},
        )
        for crossing in crossings
    ]
    notices.plan(wanted, policy)
