"""One round of a run: what its results mean, what it does next, and which rows say so."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.limits import Limits
from automate.kernel.sql import as_set
from automate.kernel.strict_json import check_value
from automate.runs import states
from automate.runs.planning import Plan, plan
from automate.runs.versions import CompiledStep
from automate.runs.work import Changes, RunState, StepState, idempotency_key
from automate.vault.backends import ENVIRONMENT
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.refs import rendered_refs

LIMITS = Limits()


@dataclass(frozen=True)
class StepCall:
    """One attempt that the execution plane is to make, after its intent has been committed.

    request: the rendered ``with``, its SecretRefs unresolved. key: the effect's Idempotency-Key.
    """

    run: RunState
    step: StepState
    uses: str
    request: Json
    key: str
    timeout_seconds: float


@dataclass(frozen=True)
class StepResult:
    """How a call ended. output: JSON, secrets scrubbed. arrived: a failed call may have acted all the same."""

    call: StepCall
    output: Json = None
    error: NormalizedError | None = None
    retry_after_seconds: float | None = None
    arrived: bool = False


def require_legal(moves: Mapping[str, frozenset[str]], from_state: str, to_state: str) -> None:
    """Raise IllegalMoveError for a move that the table of a state machine does not have."""
    if to_state not in moves[from_state]:
        raise IllegalMoveError(f"{from_state} -> {to_state} is not a legal move")


class IllegalMoveError(RuntimeError):
    """A fault of ours: the engine planned what the state machine forbids."""


@dataclass
class Round:
    """What one transaction writes for one run. final: the run has ended. wait_seconds: hand its job back for so long;
    parked: for this cause instead, with no time of its own where wait_seconds is None.
    """

    run: RunState
    changes: Changes = field(default_factory=Changes)
    calls: list[StepCall] = field(default_factory=list)
    final: bool = False
    released: bool = False
    wait_seconds: float | None = None
    parked: str = ""

    def release(self, wait_seconds: float | None, parked: str = "") -> None:
        self.released, self.wait_seconds, self.parked = True, wait_seconds, parked

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
            "final": self.final,
            "timeout": self.run.version.definition.timeout_seconds,
        }

    def new_step(self, key: str, attempt: int, state: str, error: Json = None, reason: str = "") -> StepState:
        step = StepState(id=new_id(), key=key, attempt=attempt, state=state, error=error)
        self.run.steps[key] = step
        self.changes.new_steps.append(
            {"id": step.id, "run_id": self.run.id, "key": key, "attempt": attempt, "state": state, "error": error}
        )
        self.log("", state, reason, step)
        return step

    def move_step(self, step: StepState, to_state: str, reason: str = "", retry_after: float | None = None) -> None:
        require_legal(states.STEP_MOVES, step.state, to_state)
        self.log(step.state, to_state, reason, step)
        before = self.changes.steps.get(step.id, {"from": step.state})
        step.state = to_state
        self.changes.steps[step.id] = {
            "id": step.id,
            "from": before["from"],
            "state": to_state,
            "output": step.output,
            "error": step.error,
            "retry_after": retry_after,
        }


class Rounds:
    """Makes the rounds of one tenant's runs. specs: the connectors. now: a monotonic clock, in seconds."""

    def __init__(self, tenant_id: uuid.UUID, specs: Mapping[str, ConnectorSpec], now: Callable[[], float]) -> None:
        self.tenant_id = tenant_id
        self.specs = specs
        self.now = now

    def settle(self, made: Round, result: StepResult) -> None:
        """Take in how a call ended."""
        call, step = result.call, result.call.step
        if result.error is None:
            self._settle_output(made, call, result.output)
            return
        error = _storable(result.error)
        step.output, step.error = None, error.as_json()
        if result.arrived and self.specs[call.uses].effect == "unsafe":
            made.move_step(step, states.UNCERTAIN, "the call may have arrived; a person has to say")
            self._effect(made, call.key, states.EFFECT_UNCERTAIN)
            return
        self._effect(made, call.key, states.EFFECT_UNCERTAIN if result.arrived else states.EFFECT_FAILED)
        policy = call.run.version.steps[step.key].step.retry
        if error.retryable and step.attempt < policy.max_attempts:
            ceiling = min(policy.max_seconds, policy.initial_seconds * policy.factor ** (step.attempt - 1))
            jittered = random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing
            step.retry_in_seconds = result.retry_after_seconds or jittered
            made.move_step(step, states.RETRYING, error.code, retry_after=step.retry_in_seconds)
        else:
            made.move_step(step, states.FAILED, error.code)

    def _settle_output(self, made: Round, call: StepCall, output: Json) -> None:
        """The call was made, whether or not its output can be kept."""
        step, refusal = call.step, _unstorable(output)
        if refusal is None:
            step.output, step.error = output, None
            made.move_step(step, states.SUCCEEDED)
            self._effect(made, call.key, states.EFFECT_CONFIRMED, hashlib.sha256(_encoded(output)).hexdigest())
        else:
            step.output, step.error = None, refusal.as_json()
            made.move_step(step, states.FAILED, refusal.code)
            self._effect(made, call.key, states.EFFECT_CONFIRMED)

    def resume(self, made: Round, step: StepState, request: Json) -> None:
        """Go on with a step whose worker was lost in the middle of its call: nobody knows whether it arrived."""
        run = made.run
        compiled = run.version.steps[step.key]
        if step.state == states.RUNNING:
            made.move_step(step, states.UNCERTAIN, "its worker was lost during the call")
        if self.specs[compiled.step.uses].effect == "unsafe" or run.remaining_seconds(self.now()) <= 0:
            key = idempotency_key(self.tenant_id, run.origin_id, step.key)
            self._effect(made, key, states.EFFECT_UNCERTAIN)
            return
        made.move_step(step, states.RUNNING, "repeated under the same key")
        self._intend(made, compiled, step, request)

    def advance(self, made: Round, requests: Mapping[str, Json], *, yielding: bool) -> Round:
        """Start what can start, or end the run, or say how long it waits. yielding: hand the job back instead of
        starting anything. requests: the recorded requests of steps that are tried again, by step key.
        """
        run = made.run
        while True:
            planned = plan(run, run.remaining_seconds(self.now()))
            if planned.final:
                self._end(made, *planned.final)
                return made
            if planned.wait_seconds is not None:
                made.move_run(states.WAITING, planned.wait_reason)
                made.release(planned.wait_seconds)
                return made
            if not self._settle_conditions(made, planned):
                break
        if yielding:
            if planned.start and not any(step.state == states.RUNNING for step in run.steps.values()):
                made.release(0.0)
            return made
        started = [self._start(made, compiled, attempt, requests) for compiled, attempt in planned.start]
        return made if all(started) else self.advance(made, requests, yielding=yielding)

    def _settle_conditions(self, made: Round, planned: Plan) -> bool:
        """Write down the steps whose ``if`` was false or failed; True where the run has to be planned anew for it."""
        for compiled in planned.skip:
            made.new_step(compiled.step.key, 1, states.SKIPPED, reason="its if is false")
        for compiled, error in planned.broken:
            made.new_step(compiled.step.key, 1, states.FAILED, error.as_json(), error.code)
        return bool(planned.skip or planned.broken)

    def _start(self, made: Round, compiled: CompiledStep, attempt: int, requests: Mapping[str, Json]) -> bool:
        """Start one attempt; False where its template failed on this data, so that the run has to be planned anew."""
        key = compiled.step.key
        request = requests.get(key)
        if request is None:
            try:
                request = compiled.template.render(made.run.context())
            except NormalizedError as error:
                made.new_step(key, attempt, states.FAILED, error.as_json(), error.code)
                return False
        made.move_run(states.RUNNING)
        step = made.new_step(key, attempt, states.RUNNING)
        self._intend(made, compiled, step, request)
        return True

    def _intend(self, made: Round, compiled: CompiledStep, step: StepState, request: Json) -> None:
        run, uses = made.run, compiled.step.uses
        key = idempotency_key(self.tenant_id, run.origin_id, step.key)
        made.changes.new_effects.append(
            {
                "key": key,
                "run_id": run.id,
                "step_key": step.key,
                "connector": uses,
                "effect": self.specs[uses].effect,
                "request": request,
            }
        )
        made.changes.resolutions.extend(
            {"id": new_id(), "name": ref.name, "backend": ENVIRONMENT, "run_id": run.id, "step_key": step.key}
            for ref in rendered_refs(request)
        )
        timeout = max(0.001, min(compiled.step.timeout_seconds, run.remaining_seconds(self.now())))
        made.calls.append(StepCall(run, step, uses, request, key, timeout))

    def _end(self, made: Round, state: str, reason: str, error: Json) -> None:
        for step in made.run.steps.values():
            if step.state in {states.RETRYING, states.UNCERTAIN}:
                made.move_step(step, states.CANCELLED, "the run has ended")
        if made.run.state == states.QUEUED and state == states.SUCCEEDED:
            made.move_run(states.RUNNING)
        made.move_run(state, reason, error)

    def _effect(self, made: Round, key: str, state: str, digest: str = "") -> None:
        made.changes.effects.append({"key": key, "state": state, "digest": digest})


def _encoded(output: Json) -> bytes:
    return as_set([output]).encode()


def _storable(error: NormalizedError) -> NormalizedError:
    """The error; without its words where a connector put some into it that Postgres does not take."""
    try:
        check_value(error.as_json())
    except NormalizedError:
        return NormalizedError(error.code, "The connector's own words for this error cannot be kept as JSON.")
    return error


def _unstorable(output: Json) -> NormalizedError | None:
    """What keeps an output from being stored: its size, or text that Postgres does not take."""
    try:
        check_value(output)
    except NormalizedError as error:
        return NormalizedError("LIMIT_EXCEEDED", f"The step's output cannot be kept: {error.message}")
    size = len(_encoded(output))
    if size > LIMITS.step_output_bytes:
        return NormalizedError(
            "LIMIT_EXCEEDED",
            f"The step's output has {size} bytes of JSON; the limit step_output_bytes is {LIMITS.step_output_bytes}.",
        )
    return None
