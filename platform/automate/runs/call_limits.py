"""Divide the calls that a process may have in flight among its runs. Their total is bounded, and every run makes
progress. Pure.

When a run has used its share, it starts no further call, and no intent is written. So after a crash, only calls that
were sent can be uncertain. A cancelled run has no calls that wait to be sent.

A run without a call in flight may always start one. So each run continues by its own results, and no runs can deadlock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from automate.runs.work import HeldRun


@dataclass(frozen=True)
class CallLimits:
    """The call limits for the runs of one tenant that this worker holds."""

    wanting: int = 0
    """Runs that may want several calls at once."""
    others: int = 0
    """Runs that want at most one."""

    def of(self, calls: int) -> int:
        """The number of calls that a run may have in flight, if the run needs several. All such runs get the same
        number.

        ``calls`` is the limit of all runs together. The shares of the other runs are subtracted first.
        """
        return max(1, (calls - self.others) // max(1, self.wanting))


def divided(runs: Collection[HeldRun]) -> CallLimits:
    wanting = sum(1 for run in runs if run.version.for_each or len(run.active) + len(run.ready) > 1)
    return CallLimits(wanting, len(runs) - wanting)
