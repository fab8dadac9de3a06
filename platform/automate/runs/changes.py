"""The changes that one transaction writes for one run."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.large import HeldJson


@dataclass
class LogEntry:
    """A row of the run log."""

    # Not frozen and without slots, like all rows here: orjson writes such an object as fast as a dict.
    run_id: uuid.UUID
    workflow_id: uuid.UUID
    from_state: str
    """Empty for a new run or step."""
    to_state: str
    reason: str = ""
    step_id: uuid.UUID | None = None
    step_key: str = ""
    attempt: int | None = None


@dataclass
class RunMove:
    """The new state of a run."""

    id: uuid.UUID
    was: str
    """The state before this transaction."""
    started: bool
    """The run starts."""
    state: str
    reason: str
    error: JsonObject | None
    fingerprint: uuid.UUID | None
    """Of the error."""
    final: bool
    timeout: float
    """Seconds from the start of the run to its deadline."""


@dataclass
class NewStep:
    """A new attempt at a step."""

    id: uuid.UUID
    run_id: uuid.UUID
    key: str
    item: int
    attempt: int
    state: str
    output: HeldJson
    error: JsonObject | None
    final: bool
    due_in: float | None = None
    """Seconds."""
    due_at: str | None = None
    """The same time as a timestamp, if it was given as a timestamp."""


@dataclass
class StepMove:
    """The new state of an attempt at a step."""

    id: uuid.UUID
    was: str
    """The state before this transaction."""
    state: str
    output: HeldJson
    error: JsonObject | None
    retry_after: float | None
    """Seconds until the next attempt; None without one."""
    final: bool


@dataclass
class NewEffect:
    """A new row of the ledger, for a call that will be sent."""

    key: str
    run_id: uuid.UUID
    step_key: str
    item: int
    connector: str
    effect: str
    request: HeldJson
    target: str
    reserved: int | None = None
    """The place of the call's reservation among the reservations of the transaction. None if the call reserves nothing."""


@dataclass
class EffectMove:
    """The new state of a call in the ledger."""

    key: str
    state: str
    did_nothing: bool | None
    """True if the last try had no effect. None leaves the stored value unchanged."""
    resent: int
    fault: int
    digest: str
    """The digest of the output. Empty leaves the stored value unchanged."""
    external_id: str
    """The receiver's id for the result. Empty leaves the stored value unchanged."""
    code: str
    lookups: int
    ends: bool
    """Whether this transaction ends the reservation of the call."""


@dataclass
class EndedReservation:
    """A change that ends the reservation of a call, and does not change the state of the call."""

    key: str


@dataclass
class NewSecretUse:
    """A record that a call used a secret."""

    id: uuid.UUID
    name: str
    version: int | None
    """None for the newest."""
    run_id: uuid.UUID
    step_key: str
    backend: str = ""
    """The backends other than the database. ``transitions.write`` fills this in."""


@dataclass
class NewStepWait:
    """A new wait of a step. For example, the step waits for an event."""

    step_id: uuid.UUID
    run_id: uuid.UUID
    kind: str
    type: str | None = None
    """The type of the awaited event; None if it awaits no event."""
    path: str = ""
    digest: str = ""
    match: JsonValue = None


@dataclass
class NewApproval:
    """A new approval."""

    step_id: uuid.UUID
    run_id: uuid.UUID
    title: str
    description: str
    data: JsonValue
    roles: list[str]
    members: list[str] | None
    """None if no member is named."""
    quorum: int
    form: JsonValue
    on_expiry: str
    shown_sha256: str
    expires_in: float
    """Seconds."""
    notify: bool
    """Members and roles get a mail."""


@dataclass
class NewStepInput:
    """A stored input of a step. If another worker continues the run, the other worker uses the same input."""

    id: uuid.UUID
    run_id: uuid.UUID
    key: str
    input: HeldJson


@dataclass
class RunChanges:
    """The changes to the rows of one run. One transaction writes these changes."""

    run: RunMove | None = None
    new_steps: list[NewStep] = field(default_factory=list)
    steps: dict[uuid.UUID, StepMove] = field(default_factory=dict)
    new_effects: list[NewEffect] = field(default_factory=list)
    effects: dict[str, EffectMove] = field(default_factory=dict)
    """New values for ledger rows, by key."""
    ended_reservations: set[str] = field(default_factory=set)
    """The keys of calls whose reservation ends. Only for calls that are not in ``effects``."""
    resolutions: list[NewSecretUse] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    waits: list[NewStepWait] = field(default_factory=list)
    """The events and runs that steps wait for."""
    approvals: list[NewApproval] = field(default_factory=list)
    ended_approvals: dict[uuid.UUID, str] = field(default_factory=dict)
    """Approvals that end without a decision, each with its final state."""
    inputs: list[NewStepInput] = field(default_factory=list)
    events: list[EmittedEvent] = field(default_factory=list)
    """Events that the run emits."""
    children: list[ChildRun] = field(default_factory=list)
    """Runs that its steps start."""


@dataclass(frozen=True)
class EmittedEvent:
    """An event that a run emits."""

    id: uuid.UUID
    type: str
    payload: JsonValue
    subject: str = ""
    key: str = ""
    """The Idempotency-Key of the event; empty if the event has none."""


@dataclass(frozen=True)
class ChildRun:
    """A run that a step starts."""

    id: uuid.UUID
    step_id: uuid.UUID
    workflow: str
    version: int | None
    """The number of the version; None for the current one."""
    payload: JsonValue
    awaited: bool
    """True if the step waits for the run's end."""


class Beside(Protocol):
    """An SQL statement that ``write`` sends last, because the statement locks rows that other transactions need."""

    @property
    def statement(self) -> tuple[str, Sequence[object] | Mapping[str, object]] | None: ...

    def settle(self, touched: int) -> None:
        """Make the changes that remain after ``statement`` was executed.

        ``touched`` is the number of rows that ``statement`` wrote.
        """
