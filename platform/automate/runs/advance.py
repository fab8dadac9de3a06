"""The changes of one run in one transaction."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from automate.budgets.kinds import LockedBudget
from automate.budgets.reservations import Reservation
from automate.effects import states as effect_states
from automate.effects.states import NO_ITEM
from automate.effects.tries import NOTHING, is_fault
from automate.kernel.errors import NormalizedError
from automate.kernel.fingerprints import fingerprint
from automate.kernel.json_values import JsonObject, as_text
from automate.kernel.large import HeldJson, Large
from automate.runs import states
from automate.runs.asks import Ask
from automate.runs.changes import EffectMove, LogEntry, NewEffect, NewStep, RunChanges, RunMove, StepMove
from automate.runs.memory import Memory, call_weight
from automate.runs.nondeterminism import SYSTEM, Nondeterminism
from automate.runs.step_call import StepCall, StepResult
from automate.runs.step_state import HeldOutput, LatestAttempt
from automate.runs.storable import encoded, text_of
from automate.runs.work import HeldRun

ITEM_LEVELS = 3
"""Number of JSON levels that the output of a for_each has around the output of an item."""


def require_legal(moves: Mapping[str, frozenset[str]], from_state: str, to_state: str) -> None:
    """Raise IllegalMoveError if the state machine does not allow this move."""
    if to_state not in moves[from_state]:
        raise IllegalMoveError(f"{from_state} -> {to_state} is not a legal move")


class IllegalMoveError(RuntimeError):
    """Raised for a change of state that the state machine forbids. The cause is a bug in the platform."""


@dataclass
class Advance:
    """The changes of one run in one transaction. Also called a round."""

    run: HeldRun
    changes: RunChanges = field(default_factory=RunChanges)
    results: list[StepResult] = field(default_factory=list)
    """Results that the round applies."""
    resent: dict[str, int] = field(default_factory=dict)
    """By effect key: how often requests were resent within a call."""
    calls: list[StepCall] = field(default_factory=list)
    """Calls that the round starts."""
    final: bool = False
    """The run has ended."""
    begins: bool = False
    """The run starts in this round."""
    released: bool = False
    wait_seconds: float | None = None
    """Seconds until the job, after its release, is due again. None if the job waits for a cause without a time."""
    wait_until: datetime | None = None
    parked: str = ""
    """The cause for which the job is parked."""
    waits_for: str = ""
    """The cause in words."""
    recheck_seconds: float | None = None
    """While calls are in flight: the time at which something else is due."""
    looks_back: bool = False
    """True if a committed wait must still search earlier events."""
    held_back: bool = False
    """The run's large calls wait for other large calls of the worker."""
    takes: dict[tuple[Ask, int], int] = field(default_factory=dict)
    """(ask, attempt) -> how many times the round uses the amounts of the ask. The amounts are added up once for
    all rounds of a transaction."""
    refused: dict[LockedBudget, int] = field(default_factory=dict)
    """By budget: the refused amount."""
    intents: list[tuple[NewEffect, LatestAttempt, Ask]] = field(default_factory=list)
    """The calls that reserve amounts of their asks."""
    ends: list[tuple[Reservation, bool]] = field(default_factory=list)
    """The reservations that the round ends, each with whether it is settled. The others are released."""
    unused: list[tuple[LatestAttempt, int]] = field(default_factory=list)
    """Attempts whose call was never sent, each with its price. Their usage was counted with the intent."""
    over: bool = False
    """A budget seems to have no room; the budget is asked again under its lock."""
    nondeterminism: Nondeterminism = SYSTEM
    memory: Memory = field(default_factory=Memory)
    large: list[Large] = field(default_factory=list)
    """Values whose text is dropped after the commit."""
    _born: dict[uuid.UUID, NewStep] = field(default_factory=dict)

    def release(self, wait_seconds: float | None, parked: str = "", until: datetime | None = None) -> None:
        self.released, self.wait_seconds, self.parked, self.wait_until = True, wait_seconds, parked, until

    @property
    def parks(self) -> bool:
        """Whether the run waits after this round."""
        return bool(self.parked) or self.wait_seconds is None or self.wait_seconds > 0

    def log(self, from_state: str, to_state: str, reason: str = "", step: LatestAttempt | None = None) -> None:
        entry = LogEntry(self.run.id, self.run.version.workflow_id, from_state, to_state, reason)
        if step is not None:
            entry.step_id, entry.step_key, entry.attempt = step.id, step.key, step.attempt
        self.changes.log.append(entry)

    def move_run(self, to_state: str, reason: str = "", error: JsonObject | None = None) -> None:
        if self.run.state == to_state:
            return
        require_legal(states.RUN_MOVES, self.run.state, to_state)
        self.log(self.run.state, to_state, reason)
        before = self.changes.run
        was, started = (self.run.state, False) if before is None else (before.was, before.started)
        self.run.state = to_state
        self.final = to_state in states.RUN_FINAL
        self.changes.run = RunMove(
            id=self.run.id,
            was=was,
            started=started or to_state == states.RUNNING,
            state=to_state,
            reason=reason,
            error=error,
            fingerprint=fingerprint(error, self._source_of(error)) if error is not None else None,
            final=self.final,
            timeout=self.run.version.definition.timeout_seconds,
        )

    def _source_of(self, error: JsonObject) -> str:
        failed = next((key for key, step in self.run.failed.items() if step.error is error), None)
        return "" if failed is None else self.run.version.steps[failed].step.uses

    def new_step(
        self,
        key: str,
        attempt: int,
        state: str,
        *,
        id: uuid.UUID | None = None,  # noqa: A002 - as the field
        item: int = NO_ITEM,
        reason: str = "",
        output: HeldJson = None,
        size: int = 0,
        error: JsonObject | None = None,
        request: HeldJson = None,
        begun: float = 0.0,
        earlier: str = NOTHING,
        looks_back: bool = False,
    ) -> LatestAttempt:
        step = LatestAttempt(
            id=id or self.nondeterminism.new_id(),
            key=key,
            attempt=attempt,
            state=state,
            output=output,
            error=error,
            size=size,
            item=item,
            request=request,
            begun=begun,
            looks_back=looks_back,
            earlier=earlier,
        )
        self.run.keep(step)
        born = NewStep(
            step.id, self.run.id, key, item, attempt, state, output=step.output, error=step.error, final=not step.open
        )
        self._born[step.id] = born
        self.changes.new_steps.append(born)
        self.log("", state, reason, step)
        return step

    def accept(self, step_id: uuid.UUID, key: str, output: HeldJson, *, item: int = NO_ITEM) -> HeldOutput:
        """Check a step's output. Returns the output in the form that LatestAttempt stores.

        Raises LIMIT_EXCEEDED if the output or all outputs of the run together are too large.
        """
        text = text_of(output, ITEM_LEVELS if item >= 0 else 0)
        self.memory.check(key, len(text), self.run.others_bytes(key))
        return self.hold(step_id, output, text)

    def hold(self, step_id: uuid.UUID, output: HeldJson, text: bytes) -> HeldOutput:
        """Return an accepted output in the form that LatestAttempt stores."""
        held = self.memory.output(step_id, output, text, self.run.inline_bytes)
        self.note_large(held)
        return HeldOutput(held, len(text))

    def hold_text(self, step_id: uuid.UUID, text: bytes) -> HeldJson:
        held = self.memory.text(step_id, text, self.run.inline_bytes)
        self.note_large(held)
        return held

    def hold_request(self, step: LatestAttempt, request: HeldJson) -> None:
        step.request = self.memory.request(step.effect_key, request)
        step.request_weight = call_weight(step.request)

    def note_large(self, value: HeldJson) -> None:
        if isinstance(value, Large):
            self.large.append(value)

    def wait(self, step: LatestAttempt, seconds: float, now: float, until: datetime | None = None) -> None:
        step.due, step.until = now + seconds, until
        born = self._born[step.id]
        born.due_in, born.due_at = seconds, None if until is None else until.isoformat()

    def move_step(self, step: LatestAttempt, to_state: str, reason: str = "", retry_after: float | None = None) -> None:
        require_legal(states.STEP_MOVES, step.state, to_state)
        if to_state == states.CANCELLED and step.ledger == effect_states.EFFECT_SENT:
            # It is neither repeated nor looked up any more.
            self.leave_open(step)
        self.log(step.state, to_state, reason, step)
        if to_state not in states.RESERVING:
            # The call has happened, or may have happened.
            self.end_reservation(step, settled=True)
        was, step.state = step.state, to_state
        self.run.keep(step)
        self._write_step(step, was, retry_after)

    def note(self, step: LatestAttempt, due_in: float | None = None) -> None:
        self._write_step(step, step.state, due_in)

    def end_reservation(self, step: LatestAttempt, *, settled: bool) -> None:
        """End the reservation of a step's call. An amount that is not settled is released."""
        held = step.reserved
        if held is None:
            return
        step.reserved = None
        self.ends.append((held, settled))
        move = self.changes.effects.get(step.effect_key)
        if move is not None:
            move.ends = True
        else:
            self.changes.ended_reservations.add(step.effect_key)

    def not_sent(self, step: LatestAttempt) -> None:
        """Release a call's reservation and subtract the call's usage, because the call was certainly not sent."""
        self.unused.append((step, 0 if step.reserved is None else step.reserved.price))
        self.end_reservation(step, settled=False)

    def did_nothing(self, step: LatestAttempt) -> None:
        # The state of the effect then depends on the earlier tries.
        self.effect(step, step.earlier or effect_states.EFFECT_FAILED, did_nothing=True)

    def leave_open(self, step: LatestAttempt) -> None:
        # If an earlier try had its effect, the effect is confirmed. Otherwise an operator must decide.
        known = step.earlier == effect_states.EFFECT_CONFIRMED
        self.effect(step, effect_states.EFFECT_CONFIRMED if known else effect_states.EFFECT_UNCERTAIN)

    def effect(
        self,
        step: LatestAttempt,
        state: str,
        *,
        output: HeldJson = None,
        external_id: str = "",
        did_nothing: bool = False,
    ) -> None:
        # `did_nothing` means that this try had no effect.
        require_legal(effect_states.EFFECT_MOVES, step.ledger or effect_states.EFFECT_INTENT, state)
        before = self.changes.effects.get(step.effect_key)
        step.ledger = state
        resent, fault = self.resent.pop(step.effect_key, 0), int(did_nothing and is_fault(step.error))
        without_effect: bool | None = did_nothing
        if state == effect_states.EFFECT_UNCERTAIN:
            # Holding the effect for an operator does not change the last try's outcome.
            without_effect = None if before is None else before.did_nothing
        self.changes.effects[step.effect_key] = EffectMove(
            key=step.effect_key,
            state=state,
            did_nothing=without_effect,
            resent=resent or (0 if before is None else before.resent),
            fault=fault or (0 if before is None else before.fault),
            digest="" if output is None else hashlib.sha256(encoded(output)).hexdigest(),
            external_id=external_id,
            code="" if step.error is None else as_text(step.error["code"]),
            lookups=step.lookups,
            ends=step.effect_key in self.changes.ended_reservations or (before is not None and before.ends),
        )
        self.changes.ended_reservations.discard(step.effect_key)

    def _write_step(self, step: LatestAttempt, was: str, retry_after: float | None = None) -> None:
        born = self._born.get(step.id)
        if born is not None:
            # It has no row yet to change.
            born.state, born.output, born.error, born.final = step.state, step.output, step.error, not step.open
            return
        before = self.changes.steps.get(step.id)
        self.changes.steps[step.id] = StepMove(
            id=step.id,
            was=was if before is None else before.was,
            state=step.state,
            output=step.output,
            error=step.error,
            retry_after=retry_after,
            final=not step.open,
        )

    def fail_step(self, step: LatestAttempt, error: NormalizedError) -> None:
        step.output, step.size, step.error = None, 0, error.as_json()
        self.move_step(step, states.FAILED, error.code)
