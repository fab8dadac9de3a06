"""What somebody wants tested, and what the world is to say meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from automate.kernel.errors import Json


@dataclass(frozen=True)
class Sample:
    """An event that was never received. Each field as of an Event."""

    type: str
    payload: Json = None
    source: str = ""
    subject: str = ""
    headers: Json = None
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """version: a number, None for the draft. step: only this one is looked at, with what it needs before it; None for the whole.

    The event: event_id of a stored one, else the sample, else that of the run recorded_id.
    recorded_id: a run whose steps say what came of calls, waits and approvals where nothing else does.
    outputs: what steps give, by key. world: the sections ``answers events decisions children lookups resolutions`` of a case.
    stop_after_seconds: look at the run as it is then. depth: of runs that led to the request.
    """

    workflow: str
    version: int | None = None
    step: str | None = None
    event_id: uuid.UUID | None = None
    sample: Sample | None = None
    recorded_id: uuid.UUID | None = None
    outputs: Json = None
    world: Mapping[str, Json] = field(default_factory=dict)
    stop_after_seconds: float | None = None
    depth: int = 0
