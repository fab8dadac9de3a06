"""One round of a run: what its results mean, what it does next, and which rows say so."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Mapping

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.limits import DAY_SECONDS
from automate.runs import flow, states
from automate.runs.items import engine as for_each
from automate.runs.planning import End, Plan, plan
from automate.runs.round import Round, StepCall, StepResult
from automate.runs.storable import encoded, storable, unstorable
from automate.runs.versions import CompiledStep
from automate.runs.work import NO_ITEM, UNDO_ITEM, StepState, idempotency_key
from automate.vault.backends import ENVIRONMENT
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import Compensation, ItemStep, RetryPolicy, Step
from automate.workflows.refs import rendered_refs

RETRY_HORIZON_SECONDS = DAY_SECONDS
"""From a step's first attempt: none begins later."""


class Rounds:
    """Makes the rounds of one tenant's runs. specs: the connectors. now: a monotonic clock, in seconds."""

    def __init__(self, tenant_id: uuid.UUID, specs: Mapping[str, ConnectorSpec], now: Callable[[], float]) -> None:
        self.tenant_id = tenant_id
        self.specs = specs
        self.now = now

    def settle(self, made: Round, result: StepResult) -> None:
        """Take in how a call ended."""
        made.results.append(result)
        call, step = result.call, made.run.active[result.call.step.id]
        if result.error is None:
            self._settle_output(made, call, step, result.output)
            return
        error = storable(result.error)
        step.output, step.error = None, error.as_json()
        if result.arrived and self.specs[call.uses].effect == "unsafe":
            made.move_step(step, states.UNCERTAIN, "the call may have arrived; a person has to say")
            self._effect(made, call.key, states.EFFECT_UNCERTAIN)
            return
        self._effect(made, call.key, states.EFFECT_UNCERTAIN if result.arrived else states.EFFECT_FAILED)
        seconds = self._seconds_to_next(_unit(made, step).retry, step, error, result.retry_after_seconds)
        if seconds is None:
            made.move_step(step, states.FAILED, error.code)
        else:
            step.due = self.now() + seconds
            made.move_step(step, states.RETRYING, error.code, retry_after=seconds)

    def _seconds_to_next(
        self, policy: RetryPolicy, step: StepState, error: NormalizedError, asked: float | None
    ) -> float | None:
        """How long to wait before the next attempt; None where there is none."""
        if not error.retryable or step.attempt >= policy.max_attempts:
            return None
        ceiling = min(policy.max_seconds, policy.initial_seconds * policy.factor ** (step.attempt - 1))
        jittered = random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing
        seconds = asked or jittered
        return seconds if self.now() + seconds <= step.begun + RETRY_HORIZON_SECONDS else None

    def _settle_output(self, made: Round, call: StepCall, step: StepState, output: Json) -> None:
        """The call was made, whether or not its output can be kept."""
        # An item's is to find its place in the output of its for_each.
        refusal = unstorable(output if step.item < 0 else {"items": [{"output": output}]})
        if refusal is None:
            step.output, step.error = output, None
            made.move_step(step, states.SUCCEEDED)
            self._effect(made, call.key, states.EFFECT_CONFIRMED, hashlib.sha256(encoded(output)).hexdigest())
        else:
            made.fail_step(step, refusal)
            self._effect(made, call.key, states.EFFECT_CONFIRMED)

    def resume(self, made: Round, step: StepState) -> None:
        """Go on with a step whose worker was lost in the middle of its call: nobody knows whether it arrived."""
        run = made.run
        if step.state == states.RUNNING:
            made.move_step(step, states.UNCERTAIN, "its worker was lost during the call")
        late = step.item != UNDO_ITEM and self._seconds_left(made, step) <= 0
        if self.specs[_unit(made, step).uses].effect == "unsafe" or late:
            self._effect(
                made, idempotency_key(self.tenant_id, run.origin_id, step.key, step.item), states.EFFECT_UNCERTAIN
            )
            return
        made.move_step(step, states.RUNNING, "repeated under the same key")
        self._intend(made, step)

    def advance(self, made: Round, *, yielding: bool) -> Round:
        """Start what can start, or end the run, or say how long it waits. yielding: hand the job back instead of
        starting anything.
        """
        for step in list(made.run.in_state(states.WAITING)):
            flow.look(made, step, self.now())
        while True:
            for_each.look(made, self.now())
            planned = plan(made.run, self.now())
            if self._settle_conditions(made, planned):
                continue
            if self._stops(made, planned):
                return made
            if yielding:
                if planned.starts and not made.run.flying:
                    made.release(0.0)
                return made
            if planned.starts:
                self._start_all(made, planned)
            if not planned.starts or made.run.only_calls:
                return made

    def _start_all(self, made: Round, planned: Plan) -> None:
        """Start what the plan says. What ended at once lets further steps start, and so the run has to be planned anew."""
        for compiled, attempt in planned.start:
            self._start(made, compiled, attempt)
        for compiled, index, attempt in planned.items:
            self._start_item(made, compiled, index, attempt)
        if planned.undo:
            self._undo(made, *planned.undo)

    def _stops(self, made: Round, planned: Plan) -> bool:
        """Whether nothing is to be started: the run ends, pauses or waits."""
        if planned.final:
            self._end(made, planned.final)
        elif planned.pause:
            made.move_run(states.PAUSED, "paused")
            made.release(planned.wait_seconds, states.PAUSED)
        elif planned.wait_seconds is not None and not made.run.flying:
            if made.run.state != states.CANCELLING:
                made.move_run(states.WAITING, planned.wait_reason)
            made.release(planned.wait_seconds, until=planned.wait_until)
        else:
            made.look_again_seconds = planned.wait_seconds
            return False
        return True

    def _settle_conditions(self, made: Round, planned: Plan) -> bool:
        """Write down the steps that are not taken; True where the run has to be planned anew for it."""
        for compiled, reason in planned.skip:
            made.new_step(compiled.step.key, 1, states.SKIPPED, reason=reason)
        for compiled, error in planned.broken:
            made.new_step(compiled.step.key, 1, states.FAILED, error=error.as_json(), reason=error.code)
        return bool(planned.skip or planned.broken)

    def _start(self, made: Round, compiled: CompiledStep, attempt: int) -> None:
        """Start one attempt, which may have ended at once."""
        key = compiled.step.key
        before = made.run.steps.get(key)
        request = before.request if before else made.run.recorded.get(key)
        try:
            if request is None:
                request = compiled.template.render(made.run.context())
            made.move_run(states.RUNNING)
            if compiled.flow:
                flow.start(made, compiled, request["input"], self.now())
                return
        except NormalizedError as error:
            made.new_step(key, attempt, states.FAILED, error=error.as_json(), reason=error.code)
            return
        self._call(made, key, attempt, request, before)

    def _start_item(self, made: Round, compiled: CompiledStep, index: int, attempt: int) -> None:
        """Start one attempt at one item; a template that fails fails that item."""
        items = made.run.items[compiled.step.key]
        made.move_run(states.RUNNING)
        seen = made.run.context({"value": items.values[index], "index": index})
        self._render_and_call(made, compiled, attempt, item=index, context=seen)

    def _undo(self, made: Round, compiled: CompiledStep, attempt: int) -> None:
        """Start one attempt at a compensation."""
        if made.run.state != states.CANCELLING:
            made.move_run(states.RUNNING)
        self._render_and_call(made, compiled, attempt, item=UNDO_ITEM, context=made.run.context())

    def _render_and_call(
        self, made: Round, compiled: CompiledStep, attempt: int, *, item: int, context: Mapping[str, Json]
    ) -> None:
        key = compiled.step.key
        undoes = item == UNDO_ITEM
        before = made.run.undone.get(key) if undoes else made.run.items[key].open.get(item)
        template = compiled.undo if undoes else compiled.item
        request = before.request if before else None
        if request is None and template is not None:
            try:
                request = template.render(context)
            except NormalizedError as error:
                made.new_step(key, attempt, states.FAILED, item=item, error=error.as_json(), reason=error.code)
                return
        self._call(made, key, attempt, request, before, item=item)

    def _call(
        self, made: Round, key: str, attempt: int, request: Json, before: StepState | None, *, item: int = NO_ITEM
    ) -> None:
        begun = before.begun if before else self.now()
        self._intend(made, made.new_step(key, attempt, states.RUNNING, item=item, request=request, begun=begun))

    def _intend(self, made: Round, step: StepState) -> None:
        run, unit = made.run, _unit(made, step)
        key = idempotency_key(self.tenant_id, run.origin_id, step.key, step.item)
        made.changes.new_effects.append(
            {
                "key": key,
                "run_id": run.id,
                "step_key": step.key,
                "item": step.item,
                "connector": unit.uses,
                "effect": self.specs[unit.uses].effect,
                "request": step.request,
            }
        )
        made.changes.resolutions.extend(
            {"id": new_id(), "name": ref.name, "backend": ENVIRONMENT, "run_id": run.id, "step_key": step.key}
            for ref in rendered_refs(step.request)
        )
        timeout = unit.timeout_seconds
        if step.item != UNDO_ITEM:
            timeout = max(0.001, min(timeout, self._seconds_left(made, step)))
        made.calls.append(StepCall(run, step, unit.uses, step.request, key, timeout))

    def _seconds_left(self, made: Round, step: StepState) -> float:
        """Until the time of its run is over, or of the for_each whose item it is."""
        now = self.now()
        seconds = made.run.remaining_seconds(now)
        whole = made.run.steps.get(step.key) if step.item >= 0 else None
        return seconds if whole is None or whole.due is None else min(seconds, whole.due - now)

    def _end(self, made: Round, end: End) -> None:
        state, reason, error = end
        for step in list(made.run.active.values()):
            made.move_step(step, states.CANCELLED, "the run has ended")
        if made.run.state == states.QUEUED and state == states.SUCCEEDED:
            made.move_run(states.RUNNING)
        made.move_run(state, reason, error)

    def _effect(self, made: Round, key: str, state: str, digest: str = "") -> None:
        made.changes.effects.append({"key": key, "state": state, "digest": digest})


def _unit(made: Round, step: StepState) -> Step | Compensation | ItemStep:
    """What says how an attempt is made."""
    found = made.run.version.steps[step.key]
    if step.item == UNDO_ITEM and found.step.compensate is not None:
        return found.step.compensate
    return found.each if step.item >= 0 and found.each is not None else found.step
