"""The changes of one run that one transaction writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from automate.kernel.errors import Json


@dataclass
class RunChanges:
    """The rows of one run that one transaction writes."""

    run: dict[str, Json] | None = None
    new_steps: list[dict[str, Json]] = field(default_factory=list)
    steps: dict[uuid.UUID, dict[str, Json]] = field(default_factory=dict)
    new_effects: list[dict[str, Json]] = field(default_factory=list)
    effects: dict[str, dict[str, Json]] = field(default_factory=dict)
    """New values for ledger rows, by key."""
    resolutions: list[dict[str, Json]] = field(default_factory=list)
    log: list[dict[str, Json]] = field(default_factory=list)
    waits: list[dict[str, Json]] = field(default_factory=list)
    """The events and runs that steps wait for."""
    approvals: list[dict[str, Json]] = field(default_factory=list)
    """New approvals."""
    ended_approvals: dict[uuid.UUID, str] = field(default_factory=dict)
    """Approvals that end without a decision, each with its final state."""
    inputs: list[dict[str, Json]] = field(default_factory=list)
    """Inputs of steps that stay fixed, whichever worker continues the run."""
    events: list[EmittedEvent] = field(default_factory=list)
    """Events that the run emits."""
    children: list[ChildRun] = field(default_factory=list)
    """Runs that its steps start."""


@dataclass(frozen=True)
class EmittedEvent:
    """An event that a run emits."""

    id: uuid.UUID
    type: str
    payload: Json
    subject: str = ""
    key: str = ""
    """Its Idempotency-Key; empty for none."""


@dataclass(frozen=True)
class ChildRun:
    """A run that a step starts."""

    id: uuid.UUID
    step_id: uuid.UUID
    workflow: str
    version: int | None
    """The number of the version; None for the current one."""
    payload: Json
    awaited: bool
    """True if the step waits for the run's end."""


class Beside(Protocol):
    """A statement that ``write`` sends last. It locks rows that other transactions need."""

    @property
    def statement(self) -> tuple[str, Sequence[Json] | Mapping[str, Json]] | None: ...

    def settle(self, touched: int) -> None:
        """Finish after the statement, which has written ``touched`` rows."""
