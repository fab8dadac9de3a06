"""Classes for the rows of schedules and ticks. The module does not access the database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonObject, JsonValue
from automate.triggers.schedules.plan import TickPlan


@dataclass(frozen=True)
class ScheduleRow:
    id: uuid.UUID
    slug: str
    name: str
    plan: TickPlan = field(kw_only=True)
    event_type: str
    shown_data: str | None
    """JSON text; None without data."""
    overlap: str
    catch_up: str
    catch_up_seconds: int
    jitter_seconds: int
    planned_at: datetime | None
    job_id: uuid.UUID | None
    missed: JsonObject
    paused_at: datetime | None
    paused_note: str
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def data(self) -> JsonValue:
        return None if self.shown_data is None else value_of(self.shown_data)

    @property
    def starts_at(self) -> datetime | None:
        return self.plan.starts_at

    @property
    def ends_at(self) -> datetime | None:
        return self.plan.ends_at


@dataclass(frozen=True)
class NewTick:
    """A tick that is inserted into the database."""

    id: uuid.UUID
    schedule_id: uuid.UUID
    planned_at: datetime
    outcome: str
    by_hand: bool
    missed: int
    event_id: uuid.UUID | None


@dataclass(frozen=True)
class TickRow(NewTick):
    at: datetime
