"""A request to test a workflow. The request selects a stored event, a sample event, or a recorded run."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from automate.kernel.json_values import JsonValue


@dataclass(frozen=True)
class SampleEvent:
    """A sample event for a test. No source has received this event."""

    type: str
    payload: JsonValue = None
    source: str = ""
    subject: str = ""
    headers: JsonValue = None
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class RequestedTest:
    """A test that a caller requests.

    The test uses a stored event or a sample event. If the request names neither, the test uses the event of the
    recorded run.
    """

    workflow: str
    version: int | None = None
    """The number of a version; None for the draft."""
    step: str | None = None
    """Test only this step, with the steps that it needs; None for all steps."""
    event_id: uuid.UUID | None = None
    """A stored event for the test."""
    sample: SampleEvent | None = None
    """An event that is not stored. Used without ``event_id``."""
    recorded_id: uuid.UUID | None = None
    """A run whose outcomes of calls, waits and approvals are used if the request has none."""
    outputs: JsonValue = None
    """Outputs of steps by key."""
    world: Mapping[str, JsonValue] = field(default_factory=dict)
    """The sections ``answers events decisions children lookups resolutions`` of a case."""
    stop_after_seconds: float | None = None
    """Seconds after the start at which the run is checked. None means at its end."""
    depth: int = 0
    """Depth of the run that sent the request."""
