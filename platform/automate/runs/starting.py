"""Starts steps: renders the request, asks the breaker, and records the intent of a call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from automate.effects import states as effect_states
from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.effects.tries import NOTHING
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_text import json_bytes, value_of
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.large import LARGE_BYTES, opened
from automate.kernel.storable import as_kept
from automate.runs import flow, states
from automate.runs.advance import Advance
from automate.runs.asks import CALL, FLOW_STEP, Ask
from automate.runs.asks import FREE as FREE_OF_BUDGETS
from automate.runs.changes import NewEffect, NewSecretUse
from automate.runs.compiled import CompiledStep
from automate.runs.exceeding import exceeded
from automate.runs.permits import FREE, Breakers, Permit
from automate.runs.planning import HELD_BACK_SECONDS, End
from automate.runs.seen import RunContext
from automate.runs.step_call import StepCall
from automate.runs.step_state import HeldBack, LatestAttempt
from automate.runs.usage_checks import Budgets, NoBudgets
from automate.runs.work import idempotency_key
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import Compensation, ItemStep, Step
from automate.workflows.refs import rendered_refs
from automate.workflows.templates import MAX_BYTES, Context, Template, TemplateAllowance

RECHECK_SECONDS = 1.0
"""A run with calls in flight asks a full budget again after this time."""
NO_ROOM = "waiting for other large calls of its worker to end"
FindTarget = Callable[[str, str, Mapping[str, JsonValue]], str]
"""Gives the host of a call whose input does not name one, by connector, key and input; empty for a call without a host."""


def nowhere(_uses: str, _key: str, _given: Mapping[str, JsonValue]) -> str:
    # Used where nothing is sent.
    return ""


class Starting:
    """Starts steps, items, compensations and their calls. A part of ``RunEngine``."""

    def __init__(
        self,
        tenant_id: uuid.UUID,
        specs: Mapping[str, ConnectorSpec],
        breakers: Breakers,
        now: Callable[[], float],
        find_target: FindTarget = nowhere,
        *,
        meter: Budgets | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self.specs = specs
        self.breakers = breakers
        self.now = now
        self.find_target = find_target
        self.meter = meter or NoBudgets()

    def _start(self, made: Advance, compiled: CompiledStep, attempt: int) -> None:
        # A flow step may end at once.
        key = compiled.step.key
        before = made.run.steps.get(key)
        request = opened(before.request if before else made.run.recorded.get(key))
        try:
            if request is None:
                context = made.run.seen()
                if not compiled.flow and self._has_no_room(made, compiled.template, context):
                    self._hold_back(made, key, NO_ITEM)
                    return
                request = self._rendered(made, compiled, compiled.template, context)
            if compiled.flow:
                if self.meter.asks:
                    ask = self.meter.ask(made.run, compiled.step.uses, FLOW_STEP)
                    if ask.full is not None:
                        self._refuse(made, ask, key, attempt)
                        return
                    self.meter.take(made, ask, attempt)
                made.move_run(states.RUNNING)
                flow.start(made, compiled, as_object(as_object(request)["input"]), self.now())
                return
        except NormalizedError as error:
            made.new_step(key, attempt, states.FAILED, error=error.as_json(), reason=error.code)
            return
        self._call(made, key, attempt, request, before)

    def _start_item(self, made: Advance, compiled: CompiledStep, index: int, attempt: int) -> None:
        # If a template fails, the item fails.
        items = made.run.items[compiled.step.key]
        value = items.values[index]
        seen = made.run.seen({"value": value_of(value.decode()) if isinstance(value, bytes) else value, "index": index})
        self._render_and_call(made, compiled, attempt, item=index, context=seen)

    def _compensate(self, made: Advance, compiled: CompiledStep, attempt: int) -> None:
        self._render_and_call(made, compiled, attempt, item=COMPENSATION_ITEM, context=made.run.seen())

    def _render_and_call(
        self, made: Advance, compiled: CompiledStep, attempt: int, *, item: int, context: Context
    ) -> None:
        key = compiled.step.key
        compensates = item == COMPENSATION_ITEM
        before = made.run.compensations.get(key) if compensates else made.run.items[key].open.get(item)
        template = compiled.compensation if compensates else compiled.item
        request = opened(before.request) if before else None
        if request is None and template is not None:
            if self._has_no_room(made, template, context):
                self._hold_back(made, key, item)
                return
            try:
                request = self._rendered(made, compiled, template, context)
            except NormalizedError as error:
                made.new_step(key, attempt, states.FAILED, item=item, error=error.as_json(), reason=error.code)
                return
        self._call(made, key, attempt, request, before, item=item)

    def _end(self, made: Advance, end: End) -> None:
        state, reason, error = end
        for step in list(made.run.active.values()):
            flow.give_up(made, step)
        if made.run.state == states.QUEUED and state == states.SUCCEEDED:
            made.move_run(states.RUNNING)
        made.move_run(state, reason, error)

    def _rendered(self, made: Advance, compiled: CompiledStep, template: Template, context: Context) -> JsonObject:
        # The size of the result counts towards the limit of what the transaction writes.
        allowance = TemplateAllowance()
        rendered = template.render(context, allowance)
        made.memory.spend(MAX_BYTES - allowance.bytes + compiled.source_bytes)
        return rendered

    def _call(
        self,
        made: Advance,
        key: str,
        attempt: int,
        request: JsonValue,
        before: LatestAttempt | None,
        *,
        item: int = NO_ITEM,
    ) -> None:
        if made.memory.call_room <= 0 and _is_large(request):
            self._hold_back(made, key, item)
            return
        ask = self.meter.ask(made.run, unit_of(made, key, item).uses, CALL) if self.meter.asks else FREE_OF_BUDGETS
        if ask.full is not None:
            self._refuse(made, ask, key, attempt, item)
            return
        # A repeat sends the request in the ledger, and the first call sends the same.
        request = as_kept(request)
        permit = self._permit(made, key, item, request)
        if permit.hold is not None:
            hold = permit.hold
            made.run.held_back[key, item] = HeldBack(self.now() + hold.seconds, hold.cause, hold.reason)
            return
        if made.run.state != states.CANCELLING:
            made.move_run(states.RUNNING)
        if ask.amounts or ask.price:
            self.meter.take(made, ask, attempt)
        begun = before.begun if before else self.now()
        earlier = before.came_to if before else made.run.tried.get(key, NOTHING) if item == NO_ITEM else NOTHING
        step = made.new_step(key, attempt, states.RUNNING, item=item, request=request, begun=begun, earlier=earlier)
        self._intend(made, step, request, ask, probe=permit.probe)

    def _refuse(self, made: Advance, ask: Ask, key: str, attempt: int, item: int = NO_ITEM) -> None:
        # If the budget's action is reject, the step fails. No intent is recorded.
        full = ask.full
        name = self.meter.refuse(made, ask)
        if full is not None and full.rejects:
            error = exceeded(name, full.metric)
            made.new_step(key, attempt, states.FAILED, item=item, error=error.as_json(), reason=error.code)
        elif full is not None:
            now, reason = self.now(), f"waiting for the budget {name}"
            # No change of the budget wakes a run with other calls in flight, so the run asks again soon.
            made.run.held_back[key, item] = HeldBack(now + RECHECK_SECONDS, full.metric, reason, now + full.ends)

    def _has_no_room(self, made: Advance, template: Template, context: Context) -> bool:
        # Too many large calls of the worker are in flight. A waiting call is not rendered.
        return made.memory.call_room <= 0 and isinstance(context, RunContext) and context.has_large(template.reads)

    def _hold_back(self, made: Advance, key: str, item: int) -> None:
        # Later calls of the same round wait too.
        made.held_back = True
        made.run.held_back[key, item] = HeldBack(self.now() + HELD_BACK_SECONDS, "", NO_ROOM)

    def _permit(self, made: Advance, key: str, item: int, request: JsonValue) -> Permit:
        if not self.breakers.holding:
            return FREE
        unit, given = unit_of(made, key, item), _input_of(request)
        target = self.specs[unit.uses].target_of(given) or self.find_target(
            unit.uses, idempotency_key(self.tenant_id, made.run.origin_id, key, item), given
        )
        return self.breakers.permit((unit.uses, target), unit.timeout_seconds) if target else FREE

    def _intend(
        self,
        made: Advance,
        step: LatestAttempt,
        request: JsonValue,
        ask: Ask,
        *,
        probe: bool,
        repeats: bool = False,  # its worker was lost: the call keeps its reservation
    ) -> None:
        run, unit = made.run, unit_of(made, step.key, step.item)
        spec = self.specs[unit.uses]
        step.effect_key = idempotency_key(self.tenant_id, run.origin_id, step.key, step.item)
        step.ledger, step.lookups = effect_states.EFFECT_INTENT, 0
        target = spec.target_of(_input_of(request))
        made.hold_request(step, request)
        effect = NewEffect(
            step.effect_key,
            run.id,
            step.key,
            step.item,
            connector=unit.uses,
            effect=spec.effect,
            request=step.request,
            target=target,
        )
        made.changes.new_effects.append(effect)
        if ask.amounts or ask.price or step.reserved is not None:
            made.intents.append((effect, step, ask))
        self._call_out(made, step, request, target, probe=probe, repeats=repeats)

    def _ask(self, made: Advance, step: LatestAttempt, *, probe: bool) -> None:
        # Before that, the ledger records that the call may have been sent.
        if step.ledger != effect_states.EFFECT_SENT:
            made.effect(step, effect_states.EFFECT_SENT)
        step.asking, step.due = True, None
        spec, request = self.specs[unit_of(made, step.key, step.item).uses], opened(step.request)
        made.hold_request(step, request)
        self._call_out(made, step, request, spec.target_of(_input_of(request)), asks=True, probe=probe)

    def _call_out(
        self,
        made: Advance,
        step: LatestAttempt,
        request: JsonValue,
        target: str,
        *,
        probe: bool,
        asks: bool = False,
        repeats: bool = False,
    ) -> None:
        unit = unit_of(made, step.key, step.item)
        made.changes.resolutions.extend(
            NewSecretUse(new_id(), ref.name, ref.version, made.run.id, step.key) for ref in rendered_refs(request)
        )
        timeout = unit.timeout_seconds
        if step.item != COMPENSATION_ITEM:
            timeout = max(0.001, min(timeout, self._seconds_left(made, step)))
        made.calls.append(
            StepCall(made.run, step, unit.uses, step.request, step.effect_key, timeout, target, asks, probe, repeats)
        )

    def _seconds_left(self, made: Advance, step: LatestAttempt) -> float:
        # At the timeout of the run or, for an item, at the earlier timeout of the for_each.
        now = self.now()
        seconds = made.run.remaining_seconds(now)
        whole = made.run.steps.get(step.key) if step.item >= 0 else None
        return seconds if whole is None or whole.due is None else min(seconds, whole.due - now)


def _input_of(request: JsonValue) -> JsonObject:
    return as_object(as_object(request)["input"])


def _is_large(request: JsonValue) -> bool:
    return len(json_bytes(request)) > LARGE_BYTES


def unit_of(made: Advance, key: str, item: int) -> Step | Compensation | ItemStep:
    found = made.run.version.steps[key]
    if item == COMPENSATION_ITEM and found.step.compensate is not None:
        return found.step.compensate
    return found.each if item >= 0 and found.each is not None else found.step
