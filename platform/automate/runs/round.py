"""What one transaction writes for one run: its moves, in memory and as rows."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from automate.budgets.kinds import Counted
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.fingerprints import fingerprint
from automate.kernel.large import Large
from automate.runs import states
from automate.runs.changes import Changes
from automate.runs.ledger.tries import is_fault
from automate.runs.memory import Memory, call_weight
from automate.runs.storable import encoded, text_of
from automate.runs.work import NO_ITEM, RunState, StepState
from automate.runs.world import WORLD, World

AMOUNTS: Callable[[], dict[Counted, int]] = partial(defaultdict, int)
"""Makes the sums of a round by budget, which begin at 0. A budget is its own key: a UUID hashes itself in Python."""
ITEM_LEVELS = 3
"""Levels of JSON that stand around the output of an item in the output of its for_each."""


@dataclass(frozen=True)
class StepCall:
    """One attempt that the execution plane is to make, after its intent has been committed.

    request: the rendered ``with``, its SecretRefs unresolved. key: the effect's Idempotency-Key. target: the host that it
    goes to, as far as the request says it. asks: it only asks what became of an earlier call under the key. probe: it shows whether its host is well again.
    """

    run: RunState
    step: StepState
    uses: str
    request: Json
    key: str
    timeout_seconds: float
    target: str = ""
    asks: bool = False
    probe: bool = False


@dataclass(frozen=True)
class StepResult:
    """How a call ended. output: JSON, secrets scrubbed. arrived: a failed call may have acted all the same.
    verdict: of a call that asks. resent: how often the request left again within this call, see ``actors``' guard.
    recorded: to be called once the result is written, or never will be.
    """

    call: StepCall
    output: Json = None
    error: NormalizedError | None = None
    retry_after_seconds: float | None = None
    arrived: bool = False
    verdict: str = ""
    resent: int = 0
    recorded: Callable[[], None] | None = field(default=None, compare=False, repr=False)


def require_legal(moves: Mapping[str, frozenset[str]], from_state: str, to_state: str) -> None:
    """Raise IllegalMoveError for a move that the table of a state machine does not have."""
    if to_state not in moves[from_state]:
        raise IllegalMoveError(f"{from_state} -> {to_state} is not a legal move")


class IllegalMoveError(RuntimeError):
    """A fault of ours: the engine planned what the state machine forbids."""


@dataclass
class Round:
    """results: what it takes in. calls: what it starts. final: the run has ended. begins: it starts in this round. wait_seconds: hand its job back for so long; parked: for this cause instead, with no time
    of its own where wait_seconds is None; waits_for: the same in words. look_again_seconds: while calls are under way, when something else falls due.
    resent: by effect key, the requests that left again within a call. looks_back: a wait that was committed before has still to look back.
    large: values whose text is dropped after the commit. held_back: its large calls wait for others of the worker.
    spends, refused: by budget, what it uses and what was refused. costs: by attempt and name that a step uses, in millionths of the
    currency. over: a budget has no room as far as is known; whether it has is
    asked under the lock.
    """

    run: RunState
    changes: Changes = field(default_factory=Changes)
    results: list[StepResult] = field(default_factory=list)
    resent: dict[str, int] = field(default_factory=dict)
    calls: list[StepCall] = field(default_factory=list)
    final: bool = False
    begins: bool = False
    released: bool = False
    wait_seconds: float | None = None
    wait_until: datetime | None = None
    parked: str = ""
    waits_for: str = ""
    look_again_seconds: float | None = None
    looks_back: bool = False
    held_back: bool = False
    spends: dict[Counted, int] = field(default_factory=AMOUNTS)
    refused: dict[Counted, int] = field(default_factory=AMOUNTS)
    costs: dict[tuple[int, str], int] = field(default_factory=dict)
    over: bool = False
    world: World = WORLD
    memory: Memory = field(default_factory=Memory)
    large: list[Large] = field(default_factory=list)
    _born: dict[uuid.UUID, dict[str, Json]] = field(default_factory=dict)

    def release(self, wait_seconds: float | None, parked: str = "", until: datetime | None = None) -> None:
        self.released, self.wait_seconds, self.parked, self.wait_until = True, wait_seconds, parked, until

    @property
    def parks(self) -> bool:
        """Whether a released run waits; false where it is due again at once."""
        return bool(self.parked) or self.wait_seconds is None or self.wait_seconds > 0

    def log(self, from_state: str, to_state: str, reason: str = "", step: StepState | None = None) -> None:
        self.changes.log.append(
            {
                "run_id": self.run.id,
                "workflow_id": self.run.version.workflow_id,
                "step_id": step.id if step else None,
                "step_key": step.key if step else "",
                "attempt": step.attempt if step else None,
                "from_state": from_state,
                "to_state": to_state,
                "reason": reason,
            }
        )

    def move_run(self, to_state: str, reason: str = "", error: Json = None) -> None:
        if self.run.state == to_state:
            return
        require_legal(states.RUN_MOVES, self.run.state, to_state)
        self.log(self.run.state, to_state, reason)
        before = self.changes.run or {"from": self.run.state, "started": False}
        self.run.state = to_state
        self.final = to_state in states.RUN_FINAL
        self.changes.run = {
            "id": self.run.id,
            "from": before["from"],
            "started": before["started"] or to_state == states.RUNNING,
            "state": to_state,
            "reason": reason,
            "error": error,
            "fingerprint": fingerprint(error, self._source_of(error)) if error is not None else None,
            "final": self.final,
            "timeout": self.run.version.definition.timeout_seconds,
        }

    def _source_of(self, error: Json) -> str:
        """The connector of the step whose error became the run's; empty where it is the run's own."""
        failed = next((key for key, step in self.run.failed.items() if step.error is error), None)
        return "" if failed is None else self.run.version.steps[failed].step.uses

    def new_step(
        self, key: str, attempt: int, state: str, *, item: int = NO_ITEM, reason: str = "", **known: Json
    ) -> StepState:
        """Begin an attempt. known: further fields of its StepState."""
        step_id = known.pop("id", None) or self.world.new_id()
        step = StepState(id=step_id, key=key, attempt=attempt, state=state, item=item, **known)
        self.run.keep(step)
        self._born[step.id] = {
            "id": step.id,
            "run_id": self.run.id,
            "key": key,
            "item": item,
            "attempt": attempt,
            "state": state,
            "output": step.output,
            "error": step.error,
            "final": not step.open,
        }
        self.changes.new_steps.append(self._born[step.id])
        self.log("", state, reason, step)
        return step

    def accept(self, step_id: uuid.UUID, key: str, output: Json, *, item: int = NO_ITEM) -> dict[str, Json]:
        """The ``output`` of a step and its ``size``, as its StepState holds them. Raises NormalizedError LIMIT_EXCEEDED where
        the output, or the outputs of the run together, are too large.
        """
        text = text_of(output, ITEM_LEVELS if item >= 0 else 0)
        self.memory.check(key, len(text), self.run.others_bytes(key))
        return self.hold(step_id, output, text)

    def hold(self, step_id: uuid.UUID, output: Json, text: bytes) -> dict[str, Json]:
        """As ``accept``, of an output that was accepted before. text: its JSON."""
        held = self.memory.output(step_id, output, text, self.run.inline_bytes)
        self.note_large(held)
        return {"output": held, "size": len(text)}

    def hold_text(self, step_id: uuid.UUID, text: bytes) -> Json:
        """An output that is text already, as its StepState holds it."""
        held = self.memory.text(step_id, text, self.run.inline_bytes)
        self.note_large(held)
        return held

    def hold_request(self, step: StepState, request: Json) -> None:
        """Hold the request of a call as text where it is large. The text stays until the call has ended."""
        step.request = self.memory.request(step.effect_key, request)
        step.request_weight = call_weight(step.request)

    def note_large(self, value: Json) -> None:
        """Let a value that is Large drop its text after the commit."""
        if isinstance(value, Large):
            self.large.append(value)

    def wait(self, step: StepState, seconds: float, now: float, until: datetime | None = None) -> None:
        """Let a step that has just begun wait, at most for so long. until: the moment, where it was given as one."""
        step.due, step.until = now + seconds, until
        self._born[step.id].update({"due_in": seconds, "due_at": None if until is None else until.isoformat()})

    def move_step(self, step: StepState, to_state: str, reason: str = "", retry_after: float | None = None) -> None:
        require_legal(states.STEP_MOVES, step.state, to_state)
        if to_state == states.CANCELLED and step.ledger == states.EFFECT_SENT:
            # Nobody repeats it now, and nobody asks.
            self.leave_open(step)
        self.log(step.state, to_state, reason, step)
        was, step.state = step.state, to_state
        self.run.keep(step)
        self._write_step(step, was, retry_after)

    def note(self, step: StepState, due_in: float | None = None) -> None:
        """Write down what is known of a step that stays in its state. due_in: when it goes on by itself."""
        self._write_step(step, step.state, due_in)

    def did_nothing(self, step: StepState) -> None:
        """Write down that this try at the effect of a step did nothing, as far as its error says. Then it is what the tries
        before came to.
        """
        self.effect(step, step.earlier or states.EFFECT_FAILED, did_nothing=True)

    def leave_open(self, step: StepState) -> None:
        """Write down that nobody finds out any more what became of this try. A person has to say, unless an earlier one is
        known to have happened.
        """
        known = step.earlier == states.EFFECT_CONFIRMED
        self.effect(step, states.EFFECT_CONFIRMED if known else states.EFFECT_UNCERTAIN)

    def effect(
        self, step: StepState, state: str, *, output: Json = None, external_id: str = "", did_nothing: bool = False
    ) -> None:
        """Write down what became of the effect of a step, by all its tries. output: of one that happened, where it can be kept.
        did_nothing: this try.
        """
        require_legal(states.EFFECT_MOVES, step.ledger or states.EFFECT_INTENT, state)
        before = self.changes.effects.get(step.effect_key, {})
        step.ledger = state
        self.changes.effects[step.effect_key] = {
            "key": step.effect_key,
            "state": state,
            # That it is left to a person says nothing of the last try.
            "did_nothing": before.get("did_nothing") if state == states.EFFECT_UNCERTAIN else did_nothing,
            "resent": self.resent.pop(step.effect_key, 0) or before.get("resent", 0),
            "fault": int(did_nothing and is_fault(step.error)) or before.get("fault", 0),
            "digest": "" if output is None else _digest_of(output),
            "external_id": external_id,
            "code": "" if step.error is None else step.error["code"],
            "lookups": step.lookups,
        }

    def _write_step(self, step: StepState, was: str, retry_after: float | None = None) -> None:
        born = self._born.get(step.id)
        if born is not None:
            # It has no row yet that could be changed.
            born.update({"state": step.state, "output": step.output, "error": step.error, "final": not step.open})
            return
        before = self.changes.steps.get(step.id, {"from": was})
        self.changes.steps[step.id] = {
            "id": step.id,
            "from": before["from"],
            "state": step.state,
            "output": step.output,
            "error": step.error,
            "retry_after": retry_after,
            "final": not step.open,
        }

    def fail_step(self, step: StepState, error: NormalizedError) -> None:
        step.output, step.size, step.error = None, 0, error.as_json()
        self.move_step(step, states.FAILED, error.code)


def _digest_of(output: Json) -> str:
    return hashlib.sha256(encoded(output)).hexdigest()
