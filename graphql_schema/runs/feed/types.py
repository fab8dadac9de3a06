"""The items of a run feed."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from automate.runs.states import RUN_MOVES, STEP_MOVES
from graphql_schema.runs.types import ExecutionRun, StepRun


@strawberry.enum
class FeedKind(Enum):
    TRANSITION = "TRANSITION"
    CHECKPOINT = "CHECKPOINT"
    GAP = "GAP"


LifecycleState = strawberry.enum(  # type: ignore[call-overload]  # its names come from the tables of moves
    Enum("LifecycleState", {state.upper(): state for state in sorted({*RUN_MOVES, *STEP_MOVES})}),
    description="A state of a run or, where an item has a step, of that step.",
)


@strawberry.type(description="Transitions between two cursors that can no longer be shown.")
class FeedGap:
    from_: str = strawberry.field(name="from")
    to: str
    cursor: str = strawberry.field(
        default="", description="Pass it as `after` to continue after this item. Equals `to`."
    )

    def __post_init__(self) -> None:
        self.cursor = self.to


@strawberry.type
class RunFeedItem:
    kind: FeedKind
    cursor: str = strawberry.field(description="Pass it as `after` to go on behind this item.")
    occurred_at: datetime | None = None
    from_state: LifecycleState | None = None  # type: ignore[valid-type]
    to_state: LifecycleState | None = None  # type: ignore[valid-type]
    reason: str | None = None
    run: ExecutionRun | None = strawberry.field(default=None, description="As it is now.")
    step: StepRun | None = strawberry.field(default=None, description="As it is now; null for a run's own transition.")
    gap: FeedGap | None = None
