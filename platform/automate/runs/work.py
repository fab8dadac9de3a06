"""A run as its worker holds it in memory, and the changes that one transaction will write. No Django here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from automate.kernel.errors import Json
from automate.outbox.claims import ClaimedJob
from automate.runs.versions import CompiledVersion

NO_ITEM = -1


@dataclass
class StepState:
    """The latest attempt at one step. retry_in_seconds: while ``retrying``, how long its next attempt still waits.
    request: its rendered form, from the ledger, once there was an attempt.
    """

    id: uuid.UUID
    key: str
    attempt: int
    state: str
    output: Json = None
    error: Json = None
    retry_in_seconds: float = 0.0


@dataclass
class RunState:
    """A run that this worker holds. seconds_left: to its deadline, as of held_since (``time.monotonic``).
    event: as templates see it. depth: one more than its event's. steps: the latest attempts by key.
    """

    id: uuid.UUID
    origin_id: uuid.UUID
    state: str
    trace_id: str
    version: CompiledVersion
    job: ClaimedJob
    event: Mapping[str, Json]
    seconds_left: float | None
    held_since: float
    depth: int
    steps: dict[str, StepState] = field(default_factory=dict)

    def remaining_seconds(self, now: float) -> float:
        """Seconds to the deadline; a run that has not started has all of its time."""
        if self.seconds_left is None:
            return self.version.definition.timeout_seconds
        return self.seconds_left - (now - self.held_since)

    def context(self) -> dict[str, Json]:
        """The roots of templates and conditions: ``event steps run workflow item``."""
        return {
            "event": self.event,
            "steps": {
                key: {"state": step.state, "output": step.output, "error": step.error}
                for key, step in self.steps.items()
            },
            "run": {"id": str(self.id), "trace_id": self.trace_id},
            "workflow": {"slug": self.version.workflow_slug, "version": self.version.number},
            "item": None,
        }


def idempotency_key(tenant_id: uuid.UUID, origin_id: uuid.UUID, step_key: str, item: int = NO_ITEM) -> str:
    """The key of one effect: attempts and retried runs inherit it. sha256 hex."""
    return hashlib.sha256(f"{tenant_id}\n{origin_id}\n{step_key}\n{item}".encode()).hexdigest()


@dataclass
class Changes:
    """Rows that one transaction writes for one run; ``transitions.write`` takes those of many runs at once.

    A run or step that moves twice in between is written once: from where it was to where it is; its log has both moves.
    """

    run: dict[str, Json] | None = None
    new_steps: list[dict[str, Json]] = field(default_factory=list)
    steps: dict[uuid.UUID, dict[str, Json]] = field(default_factory=dict)
    new_effects: list[dict[str, Json]] = field(default_factory=list)
    effects: list[dict[str, Json]] = field(default_factory=list)
    resolutions: list[dict[str, Json]] = field(default_factory=list)
    log: list[dict[str, Json]] = field(default_factory=list)
