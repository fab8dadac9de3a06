"""One round of a run: what its results mean, what it does next, and which rows say so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.storable import as_kept
from automate.runs import backoff, flow, states
from automate.runs.breakers.view import FREE, Passage, View
from automate.runs.compiled import CompiledStep
from automate.runs.items import engine as for_each
from automate.runs.ledger import unsure
from automate.runs.ledger.tries import NOTHING, may_have_acted
from automate.runs.planning import End, Plan, plan
from automate.runs.round import Round, StepCall, StepResult
from automate.runs.storable import storable, unstorable
from automate.runs.work import NO_ITEM, UNDO_ITEM, Barred, StepState, idempotency_key
from automate.vault.backends import ENVIRONMENT
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import Compensation, ItemStep, Step
from automate.workflows.refs import rendered_refs

FindTarget = Callable[[str, str, Mapping[str, Json]], str]
"""The host of a call whose input does not say it, by its connector, its key and that input; empty where it goes to none."""


def nowhere(_uses: str, _key: str, _given: Mapping[str, Json]) -> str:
    """Where nothing is sent."""
    return ""


class Rounds:
    """Makes the rounds of one tenant's runs. specs: the connectors. breakers: which of their hosts may be called. now: a
    monotonic clock, in seconds. find_target: asked only while a breaker is not closed.
    """

    def __init__(
        self,
        tenant_id: uuid.UUID,
        specs: Mapping[str, ConnectorSpec],
        breakers: View,
        now: Callable[[], float],
        find_target: FindTarget = nowhere,
    ) -> None:
        self.tenant_id = tenant_id
        self.specs = specs
        self.breakers = breakers
        self.now = now
        self.find_target = find_target

    def settle(self, made: Round, result: StepResult) -> None:
        """Take in how a call ended."""
        made.results.append(result)
        call = result.call
        if call.asks:
            self._settle_answer(made, result)
            return
        step = made.run.active[call.step.id]
        if result.resent:
            made.resent[step.effect_key] = result.resent
        if result.error is None:
            self._settle_output(made, call, step, result.output)
            return
        error = storable(result.error)
        step.output, step.error = None, error.as_json()
        spec = self.specs[call.uses]
        doubtful = result.arrived or (spec.effect == "unsafe" and may_have_acted(step.error))
        if doubtful and (spec.effect == "unsafe" or spec.lookup):
            made.move_step(step, states.UNCERTAIN, "the call may have arrived")
            if not spec.lookup:
                unsure.hold(made, step)
            return
        if result.arrived:
            made.effect(step, states.EFFECT_SENT)
        else:
            made.did_nothing(step)
        self._try_again(made, step, error, result.retry_after_seconds)

    def _try_again(self, made: Round, step: StepState, error: NormalizedError, asked: float | None) -> None:
        """As the step's policy says, or its connector; where they do not, the step has failed."""
        unit = _unit(made, step.key, step.item)
        waits = () if unit.retry.given else self.specs[unit.uses].retry_seconds
        now = self.now()
        seconds = backoff.seconds_to_next(unit.retry, waits, step, error, asked, world=made.world)
        if seconds is not None and asked:
            refusal = backoff.not_waited(made.run, made.run.version.steps[step.key], step, asked, now)
            if refusal:
                seconds, step.error = None, _told(error, refusal, asked)
        elif seconds is not None and backoff.beyond_horizon(step, seconds, now):
            seconds = None
        if seconds is None and step.ledger == states.EFFECT_SENT:
            made.leave_open(step)
        if seconds is None:
            made.move_step(step, states.FAILED, error.code)
        else:
            step.due = now + seconds
            made.move_step(step, states.RETRYING, error.code, retry_after=seconds)

    def _settle_answer(self, made: Round, result: StepResult) -> None:
        """What a connector says of an earlier call, unless a person has said it meanwhile, or nobody waits for it any more."""
        step = made.run.active.get(result.call.step.id)
        if step is None:
            return
        step.asking = False
        if step.state != states.UNCERTAIN or step.resolution is not None:
            return
        if result.verdict == states.HAPPENED:
            self._settle_output(made, result.call, step, result.output)
        elif result.verdict == states.DID_NOT_HAPPEN:
            made.effect(step, states.EFFECT_FAILED)
        else:
            unsure.not_answered(made, step, self.now())

    def _settle_output(self, made: Round, call: StepCall, step: StepState, output: Json) -> None:
        """The call was made, whether or not its output can be kept."""
        # An item's is to find its place in the output of its for_each.
        given, output = output, for_each.kept_of(made, step, output)
        refusal = unstorable(output if step.item < 0 else {"items": [{"output": output}]})
        external_id = self.specs[call.uses].external_id_of(given)
        if refusal is None:
            step.output, step.error = output, None
            made.move_step(step, states.SUCCEEDED, "its connector found that it had happened" if call.asks else "")
            made.effect(step, states.EFFECT_CONFIRMED, output=given, external_id=external_id)
        else:
            made.fail_step(step, refusal)
            made.effect(step, states.EFFECT_CONFIRMED, external_id=external_id)

    def resume(self, made: Round, step: StepState) -> None:
        """Take note that a worker was lost in the middle of a call: nobody knows whether it arrived."""
        made.move_step(step, states.UNCERTAIN, "its worker was lost during the call")

    def _look_at_unsure(self, made: Round, *, yielding: bool) -> None:
        """Steps that are uncertain: ask, repeat or hold them, or do as a person said."""
        for step in list(made.run.in_state(states.UNCERTAIN)):
            late = step.item != UNDO_ITEM and self._seconds_left(made, step) <= 0
            spec = self.specs[_unit(made, step.key, step.item).uses]
            then = unsure.look(made, step, spec, self.now(), late=late)
            if then is unsure.Next.WAIT:
                continue
            if made.run.pausing and step.resolution is not None:
                # A call under way ends before its run is paused, and one that was lost is made once more for that; but
                # nothing is sent anew.
                continue
            if yielding:
                # Whoever takes the run next does it.
                step.due = self.now()
            elif then is unsure.Next.RETRY:
                self._try_again(made, step, NormalizedError(step.error["code"], step.error["message"]), None)
            else:
                self._send_unsure(made, step, asks=then is unsure.Next.ASK)

    def _send_unsure(self, made: Round, step: StepState, *, asks: bool) -> None:
        """Ask what became of a call, or make it again, unless its host is ill."""
        passage = self._passage(made, step.key, step.item, step.request)
        if passage.bar is not None:
            step.due = self.now() + passage.bar.seconds
        elif asks:
            self._ask(made, step, probe=passage.probe)
        else:
            step.earlier, step.resolution, step.due = step.came_to, None, None
            made.move_step(step, states.RUNNING, "sent again under the same key")
            self._intend(made, step, probe=passage.probe)

    def advance(self, made: Round, *, yielding: bool) -> Round:
        """Start what can start, or end the run, or say how long it waits. yielding: hand the job back instead of
        starting anything.
        """
        for step in list(made.run.in_state(states.WAITING)):
            flow.look(made, step, self.now())
        self._look_at_unsure(made, yielding=yielding)
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
            made.move_run(states.PAUSED, made.run.reason or "paused")
            made.release(planned.wait_seconds, states.PAUSED)
        elif planned.wait_seconds is not None and not made.run.flying:
            if planned.cause and made.run.state == states.WAITING:
                # No transition, and yet another reason.
                made.waits_for = planned.wait_reason
            elif made.run.state != states.CANCELLING:
                made.move_run(states.WAITING, planned.wait_reason)
            made.release(planned.wait_seconds, planned.cause, until=planned.wait_until)
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
            if compiled.flow:
                made.move_run(states.RUNNING)
                flow.start(made, compiled, request["input"], self.now())
                return
        except NormalizedError as error:
            made.new_step(key, attempt, states.FAILED, error=error.as_json(), reason=error.code)
            return
        self._call(made, key, attempt, request, before)

    def _start_item(self, made: Round, compiled: CompiledStep, index: int, attempt: int) -> None:
        """Start one attempt at one item; a template that fails fails that item."""
        items = made.run.items[compiled.step.key]
        seen = made.run.context({"value": items.values[index], "index": index})
        self._render_and_call(made, compiled, attempt, item=index, context=seen)

    def _undo(self, made: Round, compiled: CompiledStep, attempt: int) -> None:
        """Start one attempt at a compensation."""
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
        # A repeat sends what the ledger has kept, and the first call the same.
        request = as_kept(request)
        passage = self._passage(made, key, item, request)
        if passage.bar is not None:
            bar = passage.bar
            made.run.barred[key, item] = Barred(self.now() + bar.seconds, bar.cause, bar.reason)
            return
        if made.run.state != states.CANCELLING:
            made.move_run(states.RUNNING)
        begun = before.begun if before else self.now()
        earlier = before.came_to if before else made.run.tried.get(key, NOTHING) if item == NO_ITEM else NOTHING
        step = made.new_step(key, attempt, states.RUNNING, item=item, request=request, begun=begun, earlier=earlier)
        self._intend(made, step, probe=passage.probe)

    def _passage(self, made: Round, key: str, item: int, request: Json) -> Passage:
        """Whether a call may leave for its host."""
        if not self.breakers.holding:
            return FREE
        unit, given = _unit(made, key, item), request["input"]
        target = self.specs[unit.uses].target_of(given) or self.find_target(
            unit.uses, idempotency_key(self.tenant_id, made.run.origin_id, key, item), given
        )
        return self.breakers.passage((unit.uses, target), unit.timeout_seconds) if target else FREE

    def _intend(self, made: Round, step: StepState, *, probe: bool) -> None:
        run, unit = made.run, _unit(made, step.key, step.item)
        spec = self.specs[unit.uses]
        step.effect_key = idempotency_key(self.tenant_id, run.origin_id, step.key, step.item)
        step.ledger, step.lookups = states.EFFECT_INTENT, 0
        target = spec.target_of(step.request["input"])
        made.changes.new_effects.append(
            {
                "key": step.effect_key,
                "run_id": run.id,
                "step_key": step.key,
                "item": step.item,
                "connector": unit.uses,
                "effect": spec.effect,
                "request": step.request,
                "target": target,
            }
        )
        self._call_out(made, step, target, probe=probe)

    def _ask(self, made: Round, step: StepState, *, probe: bool) -> None:
        """Let the connector find out what became of a call. The ledger says first that it may have been sent."""
        if step.ledger != states.EFFECT_SENT:
            made.effect(step, states.EFFECT_SENT)
        step.asking, step.due = True, None
        spec = self.specs[_unit(made, step.key, step.item).uses]
        self._call_out(made, step, spec.target_of(step.request["input"]), asks=True, probe=probe)

    def _call_out(self, made: Round, step: StepState, target: str, *, probe: bool, asks: bool = False) -> None:
        unit = _unit(made, step.key, step.item)
        made.changes.resolutions.extend(
            {"id": new_id(), "name": ref.name, "backend": ENVIRONMENT, "run_id": made.run.id, "step_key": step.key}
            for ref in rendered_refs(step.request)
        )
        timeout = unit.timeout_seconds
        if step.item != UNDO_ITEM:
            timeout = max(0.001, min(timeout, self._seconds_left(made, step)))
        made.calls.append(
            StepCall(made.run, step, unit.uses, step.request, step.effect_key, timeout, target, asks, probe)
        )

    def _seconds_left(self, made: Round, step: StepState) -> float:
        """Until the time of its run is over, or of the for_each whose item it is."""
        now = self.now()
        seconds = made.run.remaining_seconds(now)
        whole = made.run.steps.get(step.key) if step.item >= 0 else None
        return seconds if whole is None or whole.due is None else min(seconds, whole.due - now)

    def _end(self, made: Round, end: End) -> None:
        state, reason, error = end
        for step in list(made.run.active.values()):
            flow.give_up(made, step)
        if made.run.state == states.QUEUED and state == states.SUCCEEDED:
            made.move_run(states.RUNNING)
        made.move_run(state, reason, error)


def _told(error: NormalizedError, refusal: str, asked: float) -> Json:
    """The error, which also says why it is the last: not that the attempts are used up."""
    words = {"message": f"{error.message} {refusal}", "details": {**error.details, "retry_after_seconds": asked}}
    return {**error.as_json(), **words}


def _unit(made: Round, key: str, item: int) -> Step | Compensation | ItemStep:
    """What says how an attempt is made."""
    found = made.run.version.steps[key]
    if item == UNDO_ITEM and found.step.compensate is not None:
        return found.step.compensate
    return found.each if item >= 0 and found.each is not None else found.step
