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
        """The lane has something to do."""

    def room(self, lane: Lane) -> int:
        """How many more jobs the lane may claim."""

    def calls(self) -> int:
        """How many calls a lane may have under way."""

    def call_room(self, lane: Lane) -> float:
        """How many bytes of memory further large requests of the lane's calls may take, estimated."""

    def crowded(self) -> bool:
        """Whether the process holds as much state of runs in memory as it may."""

    def yielding(self) -> bool:
        """Whether runs are to be handed back instead of starting another step."""

    def isolate(self, lane: Lane, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        """Do these claimed jobs apart: one of them may be what ended its last workers."""
