"""How many calls each run may have under way in one process, so that all together stay bounded and none starves. Pure.

Counted before the intent is written: what has no room is not begun, and so neither a crash nor a stop leaves more calls
uncertain than were truly made, and a cancelled run has nothing in line. Whatever the others do, a run without a call under
way may begin one; so each goes on by its own results, and nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from automate.runs.work import RunState


@dataclass(frozen=True)
class Portions:
    """wanting: how many of one tenant's runs in hand may want several calls at once. others: how many want but one."""

    wanting: int = 0
    others: int = 0

    def of(self, calls: int) -> int:
        """For each that wants several: an equal part of what the others leave. calls: of all together."""
        return max(1, (calls - self.others) // max(1, self.wanting))


def divided(runs: Collection[RunState]) -> Portions:
    wanting = sum(1 for run in runs if run.version.for_each or len(run.active) + len(run.ready) > 1)
    return Portions(wanting, len(runs) - wanting)
