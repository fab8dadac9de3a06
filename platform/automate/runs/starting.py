"""Starts the steps that the run engine has planned for one round of a run."""

from __future__ import annotations

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import value_of
from automate.kernel.json_values import as_object
from automate.kernel.large import opened
from automate.runs import flow, states
from automate.runs.advance import Advance
from automate.runs.asks import FLOW_STEP
from automate.runs.calling import Calling
from automate.runs.compiled import CompiledStep
from automate.runs.planning import End
from automate.workflows.templates import Context


class Starting(Calling):
    """Starts steps, items and compensations. A part of ``RunEngine``."""

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
