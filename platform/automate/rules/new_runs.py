"""A run to create."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkflowVersionRef:
    id: uuid.UUID
    step_count: int
    timeout_seconds: float
    """The limit for the whole run."""


@dataclass(frozen=True)
class NewRun:
    run_id: uuid.UUID
    workflow_id: uuid.UUID
    version: WorkflowVersionRef
    event_id: uuid.UUID
    rule_id: uuid.UUID | None
    trace_id: str
    depth: int
    parent_step_id: uuid.UUID | None = None
    held: bool = False
    """Its workflow or rule is paused, so it must not start at once."""
    reason: str = ""
    """The reason of the run's creation, for its log."""
    started_by: str = ""
    """See ``by_hand``."""
    test: bool = False
    """The run tests its workflow."""
    origin_id: uuid.UUID | None = None
    """None for its own id. With another id, its worker looks for steps that it starts with."""
