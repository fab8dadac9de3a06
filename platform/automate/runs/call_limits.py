"""Decides how many calls each run may have in flight. Has no side effects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from automate.runs.work import HeldRun


@dataclass(frozen=True)
class CallLimits:
    """Limits, within this worker, how many calls each run of one tenant can have in flight."""

    wanting: int = 0
    """Runs that can want several calls at the same time."""
    others: int = 0
    """Runs that want at most one."""

    def of(self, calls: int) -> int:
        """Return how many calls one run may have in flight."""
        return max(1, (calls - self.others) // max(1, self.wanting))


def divided(runs: Collection[HeldRun]) -> CallLimits:
    wanting = sum(1 for run in runs if run.version.for_each or len(run.active) + len(run.ready) > 1)
    return CallLimits(wanting, len(runs) - wanting)
