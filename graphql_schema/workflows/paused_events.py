"""The enum PausedEvents."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="The treatment of events that match while a workflow is paused.")
class PausedEvents(Enum):
    WAIT = strawberry.enum_value("wait", description="Their runs are created, and wait to begin.")
    SKIP = strawberry.enum_value("skip", description="They start no runs, and their decisions are SUPPRESSED.")
