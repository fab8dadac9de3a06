"""Advances a run by one round: applies the results of calls, and decides the next steps."""

from __future__ import annotations

from automate.effects import states as effect_states
from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.effects.tries import may_have_acted
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, as_object, as_text
from automate.kernel.large import HeldJson, opened, turn_of
from automate.runs import backoff, flow, states, uncertain_effects
from automate.runs.advance import Advance
from automate.runs.asks import FREE, REPEAT
from automate.runs.items import engine as for_each
from automate.runs.planning import BESIDE_SECONDS, AdvancePlan, plan
from automate.runs.starting import NO_ROOM, Starting, unit_of
from automate.runs.step_call import StepCall, StepResult
from automate.runs.step_state import LatestAttempt
from automate.runs.storable import storable


class RunEngine(Starting):
    """Advances the runs of one tenant. ``now`` is a monotonic clock in seconds."""

    def settle(self, made: Advance, result: StepResult) -> None:
        made.results.append(result)
        call = result.call
        made.note_large(call.request)
        if call.step.request_weight:
            made.memory.call_room += call.step.request_weight
            call.step.request_weight = 0
            made.run.held_back = {place: held for place, held in made.run.held_back.items() if held.reason != NO_ROOM}
        if call.asks:
            self._settle_answer(made, result)
            return
        step = made.run.active[call.step.id]
        if result.unsent:
            made.not_sent(step)
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
                uncertain_effects.hold(made, step)
            return
        if result.arrived:
            made.effect(step, effect_states.EFFECT_SENT)
        else:
            made.did_nothing(step)
        self._try_again(made, step, error, result.retry_after_seconds)

    def _try_again(self, made: Advance, step: LatestAttempt, error: NormalizedError, asked: float | None) -> None:
        # By the policy of the step, or else of its connector.
        unit = unit_of(made, step.key, step.item)
        waits = () if unit.retry.given else self.specs[unit.uses].retry_seconds
        now = self.now()
        seconds = backoff.seconds_to_next(unit.retry, waits, step, error, asked, nondeterminism=made.nondeterminism)
        if seconds is not None and asked:
            refusal = backoff.not_waited(made.run, made.run.version.steps[step.key], step, asked, now)
            if refusal:
                seconds, step.error = None, _error_fields(error, refusal, asked)
        elif seconds is not None and backoff.beyond_horizon(step, seconds, now):
            seconds = None
        if seconds is None and step.ledger == effect_states.EFFECT_SENT:
            made.leave_open(step)
        if seconds is None:
            made.move_step(step, states.FAILED, error.code)
        else:
            step.due = now + seconds
            made.move_step(step, states.RETRYING, error.code, retry_after=seconds)

    def _settle_answer(self, made: Advance, result: StepResult) -> None:
        # Ignored if an operator has decided meanwhile, or if the step no longer waits for it.
        step = made.run.active.get(result.call.step.id)
        if step is None:
            return
        step.asking = False
        if step.state != states.UNCERTAIN or step.resolution is not None:
            return
        if result.verdict == effect_states.HAPPENED:
            self._settle_output(made, result.call, step, result.output)
        elif result.verdict == effect_states.DID_NOT_HAPPEN:
            made.not_sent(step)
            made.effect(step, effect_states.EFFECT_FAILED)
        else:
            uncertain_effects.not_answered(made, step, self.now())

    def _settle_output(self, made: Advance, call: StepCall, step: LatestAttempt, output: HeldJson) -> None:
        # Even if its output cannot be stored.
        spec = self.specs[call.uses]
        external_id = spec.external_id_of(opened(output)) if spec.external_id else ""
        # An item's output must fit into the output of its for_each.
        given, output = output, for_each.kept_of(made, step, output)
        try:
            held = made.accept(step.id, step.key, output, item=step.item)
        except NormalizedError as refusal:
            made.fail_step(step, refusal)
            made.effect(step, effect_states.EFFECT_CONFIRMED, external_id=external_id)
            return
        step.output, step.size, step.error = held.output, held.size, None
        made.move_step(step, states.SUCCEEDED, "the lookup found that it had happened" if call.asks else "")
        made.effect(step, effect_states.EFFECT_CONFIRMED, output=given, external_id=external_id)

    def resume(self, made: Advance, step: LatestAttempt) -> None:
        """Mark a step as uncertain, because its worker was lost during the call."""
        made.move_step(step, states.UNCERTAIN, states.WORKER_LOST)

    def _resolve_uncertain(self, made: Advance, *, yielding: bool) -> None:
        # Each by the operator's decision, a lookup, or a repeat of the call. Otherwise an operator must decide.
        for step in list(made.run.in_state(states.UNCERTAIN)):
            late = step.item != COMPENSATION_ITEM and self._seconds_left(made, step) <= 0
            spec = self.specs[unit_of(made, step.key, step.item).uses]
            then = uncertain_effects.next_move(made, step, spec, self.now(), late=late)
            if then is uncertain_effects.NextAction.WAIT:
                continue
            if made.run.pausing and step.resolution is not None:
                # Before a run pauses, its calls in flight end, and a lost call is repeated. No new request is sent.
                continue
            if yielding:
                # The next worker of the run does this.
                step.due = self.now()
            elif then is uncertain_effects.NextAction.RETRY:
                self._try_again(made, step, _error_of(step), None)
            else:
                self._send_uncertain(made, step, asks=then is uncertain_effects.NextAction.ASK)

    def _send_uncertain(self, made: Advance, step: LatestAttempt, *, asks: bool) -> None:
        # Later, if its host is unhealthy or a budget is full. The repeat of a call whose worker was lost has its reservation.
        request = opened(step.request)
        ask, repeats = FREE, step.error is None and step.ledger != effect_states.EFFECT_FAILED
        if self.meter.asks and not asks and not repeats:
            ask = self.meter.ask(made.run, unit_of(made, step.key, step.item).uses, REPEAT)
        if ask.full is not None:
            # Regardless of the budget's action: a step with a call of unknown outcome must not fail.
            self.meter.refuse(made, ask)
            step.due = self.now() + min(ask.full.ends, BESIDE_SECONDS)
            return
        permit = self._permit(made, step.key, step.item, request)
        if permit.hold is not None:
            step.due = self.now() + permit.hold.seconds
        elif asks:
            self._ask(made, step, probe=permit.probe)
        else:
            if not repeats:
                self.meter.take(made, ask, step.attempt)
                made.end_reservation(step, settled=True)
            step.earlier, step.resolution, step.due = step.came_to, None, None
            made.move_step(step, states.RUNNING, "sent again under the same key")
            self._intend(made, step, request, ask, probe=permit.probe, repeats=repeats)

    def advance(self, made: Advance, *, yielding: bool) -> Advance:
        """Plan and start the next steps of the run."""
        if not self._check(made, yielding=yielding):
            return self._continued(made)
        while True:
            for_each.check_items(made, self.now())
            if made.memory.full:
                return self._continued(made)
            planned = plan(made.run, self.now())
            if self._settle_conditions(made, planned):
                continue
            if self._stops(made, planned):
                return made
            if yielding:
                if planned.starts and not made.run.in_flight:
                    made.release(0.0)
                return made
            if planned.starts:
                self._start_all(made, planned)
            if not planned.starts or made.run.only_calls:
                return made

    def _check(self, made: Advance, *, yielding: bool) -> bool:
        # False if the check stopped early, because the transaction must write first.
        for step in list(made.run.in_state(states.WAITING)):
            if made.memory.full:
                return False
            flow.check_step(made, step, self.now())
        if made.memory.full:
            return False
        self._resolve_uncertain(made, yielding=yielding)
        return True

    def _continued(self, made: Advance) -> Advance:
        # The next round follows at once.
        made.recheck_seconds = 0.0
        return made

    def _start_all(self, made: Advance, planned: AdvancePlan) -> None:
        # A step that ends at once lets further steps start. So the run must be planned again afterwards.
        for compiled, attempt in planned.start:
            if made.memory.full:
                return
            if made.held_back and not compiled.flow:
                self._hold_back(made, compiled.step.key, NO_ITEM)
                continue
            with turn_of(made.run):
                self._start(made, compiled, attempt)
        for compiled, index, attempt in planned.items:
            if made.memory.full:
                return
            if made.held_back:
                self._hold_back(made, compiled.step.key, index)
                continue
            with turn_of(made.run):
                self._start_item(made, compiled, index, attempt)
        if planned.compensate:
            with turn_of(made.run):
                self._compensate(made, *planned.compensate)

    def _stops(self, made: Advance, planned: AdvancePlan) -> bool:
        # If it returns True, start nothing more.
        if planned.final:
            self._end(made, planned.final)
        elif planned.pause:
            made.move_run(states.PAUSED, made.run.reason or "paused")
            made.release(planned.wait_seconds, states.PAUSED)
        elif planned.wait_seconds is not None and not made.run.in_flight:
            if planned.cause and made.run.state == states.WAITING:
                # The reason changes without a transition.
                made.waits_for = planned.wait_reason
            elif made.run.state != states.CANCELLING:
                made.move_run(states.WAITING, planned.wait_reason)
            made.release(planned.wait_seconds, planned.cause, until=planned.wait_until)
        else:
            made.recheck_seconds = planned.wait_seconds
            return False
        return True

    def _settle_conditions(self, made: Advance, planned: AdvancePlan) -> bool:
        # If it returns True, the run must be planned again.
        for compiled, reason in planned.skip:
            made.new_step(compiled.step.key, 1, states.SKIPPED, reason=reason)
        for compiled, error in planned.broken:
            made.new_step(compiled.step.key, 1, states.FAILED, error=error.as_json(), reason=error.code)
        return bool(planned.skip or planned.broken)


def _error_of(step: LatestAttempt) -> NormalizedError:
    stored = as_object(step.error)
    return NormalizedError(as_text(stored["code"]), as_text(stored["message"]))


def _error_fields(error: NormalizedError, refusal: str, asked: float) -> JsonObject:
    words: JsonObject = {
        "message": f"{error.message} {refusal}",
        "details": {**error.details, "retry_after_seconds": asked},
    }
    return {**error.as_json(), **words}
