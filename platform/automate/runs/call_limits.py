"""Divide a process's calls in flight between runs, so that their total is bounded and no run starves. Pure.

Room is checked before the intent is written, and a call without room is not started. So a crash or a stop leaves no more
uncertain calls than were sent, and a cancelled run has no call in a queue. A run without a call in flight may always
start one. So each run continues by its own results, and no deadlock arises.
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
        """The limit for each run that needs several calls: an equal share of the calls that the others leave. calls: the total."""
        return max(1, (calls - self.others) // max(1, self.wanting))


def divided(runs: Collection[HeldRun]) -> CallLimits:
    wanting = sum(1 for run in runs if run.version.for_each or len(run.active) + len(run.ready) > 1)
    return CallLimits(wanting, len(runs) - wanting)
