"""The items of a run feed."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from django.db.models import TextChoices

from automate.runs.choices import RunState, StepState
from automate.runs.states import RUN_MOVES, STEP_MOVES
from graphql_schema.enums import described
from graphql_schema.runs.types import ExecutionRun, StepRun


@described
class FeedKind(TextChoices):
    """The kind of an item of runFeed."""

    TRANSITION = "TRANSITION", "A run or a step changed its state."
    CHECKPOINT = "CHECKPOINT", "Every item before the cursor was sent."
    GAP = "GAP", "Items can no longer be shown."


def _meaning(state: str) -> str:
    """The meaning of a state for a run, and for a step."""
    kinds = (("Run", RunState), ("Step", StepState))
    return " ".join(f"{noun}: {kind(state).label}" for noun, kind in kinds if state in kind.values)


LifecycleState = strawberry.enum(  # type: ignore[call-overload]  # its names come from the tables of moves
    Enum(
        "LifecycleState",
        {
            state.upper(): strawberry.enum_value(state, description=_meaning(state))
            for state in sorted({*RUN_MOVES, *STEP_MOVES})
        },
    ),
    description="A state of a run or, if an item has a step, of that step.",
)


@strawberry.type(description="Transitions between two cursors that can no longer be shown.")
class FeedGap:
    from_: str = strawberry.field(name="from", description="The cursor before the gap.")
    to: str = strawberry.field(description="The cursor after the gap.")
    cursor: str = strawberry.field(
        default="", description="Pass it as `after` to continue after this item. Equals `to`."
    )

    def __post_init__(self) -> None:
        self.cursor = self.to


@strawberry.type(description="One item of runFeed.")
class RunFeedItem:
    kind: FeedKind = strawberry.field(description="The kind of the item.")
    cursor: str = strawberry.field(description="Pass it as `after` to continue after this item.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="The time of the transition. Null for other items."
    )
    from_state: LifecycleState | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="The state before. Null at the beginning, and for other items."
    )
    to_state: LifecycleState | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="The state after. Null for other items."
    )
    reason: str | None = strawberry.field(default=None, description="Why the state changed. Null without a reason.")
    run: ExecutionRun | None = strawberry.field(default=None, description="The run as it is now.")
    step: StepRun | None = strawberry.field(
        default=None, description="The step as it is now; null for a run's own transition."
    )
    gap: FeedGap | None = strawberry.field(default=None, description="The missing transitions, for GAP.")
