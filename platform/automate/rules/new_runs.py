"""The data from which a run is created."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkflowVersionRef:
    id: uuid.UUID
    step_count: int
    timeout_seconds: float
    """The time limit for the whole run."""


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
    """True if the workflow or rule is paused. Then the run must not start at once."""
    reason: str = ""
    """The reason of the run's creation, for its log."""
    started_by: str = ""
    """See ``by_hand``."""
    test: bool = False
    """The run tests its workflow."""
    origin_id: uuid.UUID | None = None
    """None stands for the run's own id. With any other id, the worker looks for steps that the new run already
    has."""
