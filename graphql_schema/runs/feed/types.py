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
    # Both for a run and for a step.
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
    description="A state of a run, or of a step if an item has one.",
)


@strawberry.type(description="A gap: the transitions between two cursors can no longer be shown.")
class FeedGap:
    from_: str = strawberry.field(name="from", description="The cursor before the gap.")
    to: str = strawberry.field(description="The cursor after the gap.")
    cursor: str = strawberry.field(
        default="", description="The position of the gap's end. Pass it as `after` to continue. Equals `to`."
    )

    def __post_init__(self) -> None:
        self.cursor = self.to


@strawberry.type(description="One item of runFeed.")
class RunFeedItem:
    kind: FeedKind = strawberry.field(description="The kind of the item.")
    cursor: str = strawberry.field(
        description="The position of the item. Pass it as `after` to continue with the next item."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="The time of the transition. Null for items that are no transition."
    )
    from_state: LifecycleState | None = strawberry.field(  # type: ignore[valid-type] # a type that strawberry.enum makes while the program runs
        default=None,
        description="The state before the transition. Null at the beginning, and for items that are no transition.",
    )
    to_state: LifecycleState | None = strawberry.field(  # type: ignore[valid-type] # a type that strawberry.enum makes while the program runs
        default=None, description="The state after the transition. Null for items that are no transition."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why the state changed. Null if no reason is known."
    )
    run: ExecutionRun | None = strawberry.field(default=None, description="The run in its current state.")
    step: StepRun | None = strawberry.field(
        default=None, description="The step in its current state. Null for a transition of the run itself."
    )
    gap: FeedGap | None = strawberry.field(default=None, description="The gap, for an item of the kind GAP.")
