"""The interface between lanes and their host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from automate.outbox.jobs import ClaimedJob
from automate.runs.advance import RunSet
from automate.runs.round import StepCall

if TYPE_CHECKING:
    from actors.lane import Lane

Begin = Callable[[RunSet, Sequence[ClaimedJob]], list[StepCall]]
"""The first step of a topic with claimed jobs: match events, or resume runs."""


class Host(Protocol):
    """Runs the passes of lanes."""

    def ready(self, lane: Lane) -> None:
        """Note that the lane has work."""

    def room(self, lane: Lane) -> int:
        """How many more jobs the lane may claim."""

    def calls(self) -> int:
        """How many calls a lane may have in flight."""

    def call_room(self, lane: Lane) -> float:
        """The bytes of memory that further large requests of the lane's calls may use, estimated."""

    def crowded(self) -> bool:
        """Whether the process holds as much state of runs in memory as it may."""

    def yielding(self) -> bool:
        """Whether runs must be handed back before their next step."""

    def isolate(self, lane: Lane, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        """Process these claimed jobs in quarantine: one of them may have ended its last workers."""
