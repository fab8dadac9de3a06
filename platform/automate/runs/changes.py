"""The changes that one transaction writes for one run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from automate.kernel.errors import Json


@dataclass
class Changes:
    """Rows that one transaction writes for one run; ``transitions.write`` takes those of many runs at once.

    A run or step that moves twice in between is written once: from where it was to where it is; its log has both moves.
    effects: what the ledger is to say, by key. events: what it emits. children: runs that its steps start. waits: what its steps wait for. approvals: what people are
    asked; ended_approvals: those that end without them, each with its final state. inputs: what is to stay as it was given to a step, whoever goes on with it.
    """

    run: dict[str, Json] | None = None
    new_steps: list[dict[str, Json]] = field(default_factory=list)
    steps: dict[uuid.UUID, dict[str, Json]] = field(default_factory=dict)
    new_effects: list[dict[str, Json]] = field(default_factory=list)
    effects: dict[str, dict[str, Json]] = field(default_factory=dict)
    resolutions: list[dict[str, Json]] = field(default_factory=list)
    log: list[dict[str, Json]] = field(default_factory=list)
    waits: list[dict[str, Json]] = field(default_factory=list)
    approvals: list[dict[str, Json]] = field(default_factory=list)
    ended_approvals: dict[uuid.UUID, str] = field(default_factory=dict)
    inputs: list[dict[str, Json]] = field(default_factory=list)
    events: list[EmittedEvent] = field(default_factory=list)
    children: list[ChildRun] = field(default_factory=list)


@dataclass(frozen=True)
class EmittedEvent:
    """What a run tells the tenant's rules. key: its Idempotency-Key; empty for none."""

    id: uuid.UUID
    type: str
    payload: Json
    subject: str = ""
    key: str = ""


@dataclass(frozen=True)
class ChildRun:
    """A run that a step starts. version: its number; None for the current one. awaited: the step waits for its end."""

    id: uuid.UUID
    step_id: uuid.UUID
    workflow: str
    version: int | None
    payload: Json
    awaited: bool
