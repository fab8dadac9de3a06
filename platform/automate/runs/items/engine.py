"""The engine of ``flow.for_each``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue, as_integer, as_list, as_object, as_text, as_texts
from automate.kernel.large import HeldJson, opened
from automate.kernel.limits import LIMITS
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.changes import NewStepInput
from automate.runs.compiled import CompiledStep
from automate.runs.memory import Memory
from automate.runs.step_state import Items, LatestAttempt
from automate.runs.storable import ROW_BYTES
from automate.workflows.flow_steps.for_each import ForEachInput, kept, tolerated_failures

ITEMS_FAILED = "ITEMS_FAILED"


def start(made: Advance, compiled: CompiledStep, given: Mapping[str, JsonValue], now: float) -> None:
    """Start a ``flow.for_each`` step. An item counts as finished if an earlier run has finished it.

    Raises LIMIT_EXCEEDED if the outputs of the run become too large.
    """
    key = compiled.step.key
    values, size = held_values(as_list(given["items"]), made.memory)
    made.memory.check(key, size, made.run.others_bytes(key))
    step = made.new_step(key, 1, states.WAITING)
    made.wait(step, min(compiled.step.timeout_seconds, made.run.remaining_seconds(now)), now)
    if key not in made.run.recorded:
        row = made.memory.input(made.run.id, key, {**given})
        made.note_large(row)
        made.changes.inputs.append(NewStepInput(new_id(), made.run.id, key, row))
    begin(made.run.items.setdefault(key, Items()), step, given, values, size)


def held_values(values: Sequence[JsonValue], memory: Memory) -> tuple[Sequence[JsonValue | bytes], int]:
    # If the list is large, each item is JSON text.
    size = len(json_bytes(values))
    large = memory.is_large(size, 0)
    return [json_bytes(value) for value in values] if large else values, size


def begin(
    items: Items, step: LatestAttempt, given: Mapping[str, JsonValue], values: Sequence[JsonValue | bytes], size: int
) -> None:
    """Start to process the items of a step. ``values`` are the items, as ``held_values`` returns them."""
    tolerate = given.get("tolerate", ForEachInput.tolerate)
    tolerated = tolerated_failures(tolerate if isinstance(tolerate, str) else as_integer(tolerate), len(values))
    items.values_size = size
    items.begin(step, values, as_integer(given.get("parallel", ForEachInput.parallel)), tolerated)


def kept_of(made: Advance, step: LatestAttempt, output: HeldJson) -> HeldJson:
    """Return the part of an output that is stored. For an item of a for_each, ``keep`` selects this part."""
    paths = made.run.version.steps[step.key].raw.get("keep") if step.item >= 0 else None
    return output if paths is None or output is None else kept(opened(output), as_texts(paths))


def check_items(made: Advance, now: float) -> None:
    for items in list(made.run.items.values()):
        if items.step is not None:
            _check(made, items, items.step, now)


def _check(made: Advance, items: Items, step: LatestAttempt, now: float) -> None:
    # If the whole run's timeout has passed, the run times out instead.
    late = step.due is not None and step.due <= now and made.run.remaining_seconds(now) > 0
    if not items.stopped:
        failure = _failure(made, items, step.key, late=late)
        if failure is not None:
            step.error = failure.as_json()
            items.results.clear()
            made.note(step)
    if items.stopped:
        # Calls in flight may end. An operator has until the step's timeout to decide uncertain calls.
        _give_up(made, items, {states.RETRYING, states.UNCERTAIN} if late else {states.RETRYING})
    if not items.open and (items.stopped or not items.pending):
        _end(made, items, step)


def _failure(made: Advance, items: Items, key: str, *, late: bool) -> NormalizedError | None:
    if items.failed > items.tolerated:
        return _items_failed(items, items.first_errors)
    if items.size > LIMITS.step_output_bytes:
        return _too_large(items)
    try:
        made.memory.check(key, items.size, made.run.others_bytes(key))
    except NormalizedError as refusal:
        return refusal
    if late and (items.open or items.pending):
        return NormalizedError(
            "STEP_TIMED_OUT",
            f"{len(items.results)} of {len(items.values)} items had ended when the step reached its timeout_seconds. "
            "Raise timeout_seconds, or process more items in parallel.",
            details=_counts(items),
        )
    return None


def _give_up(made: Advance, items: Items, in_states: Collection[str]) -> None:
    for attempt in list(items.open.values()):
        if attempt.state in in_states and not attempt.asking:
            made.move_step(attempt, states.CANCELLED, "the step starts nothing more")


def _end(made: Advance, items: Items, step: LatestAttempt) -> None:
    if not items.stopped:
        text = b'{"items":[%b],"succeeded":%d,"failed":%d}' % (
            b",".join(items.results[index] for index in range(len(items.values))),
            items.succeeded,
            items.failed,
        )
        if len(text) + ROW_BYTES > LIMITS.step_output_bytes:
            made.fail_step(step, _too_large(items))
            return
        step.output, step.size = made.hold_text(step.id, text), len(text)
        made.move_step(step, states.SUCCEEDED)
        return
    error = as_object(step.error)
    if error["code"] == ITEMS_FAILED:
        error = _items_failed(items, as_list(as_object(error["details"])["first_errors"])).as_json()
        step.error = error
    made.move_step(step, states.FAILED, as_text(error["code"]))


def _too_large(items: Items) -> NormalizedError:
    return NormalizedError(
        "LIMIT_EXCEEDED",
        f"The step's output is too large: {len(items.results)} of {len(items.values)} items have ended, and their results have "
        f"more than {LIMITS.step_output_bytes} bytes of JSON (step_output_bytes). In `keep`, list the fields that you need, "
        "or use fewer items.",
        details=_counts(items),
    )


def _items_failed(items: Items, first_errors: Sequence[JsonValue]) -> NormalizedError:
    return NormalizedError(
        ITEMS_FAILED,
        f"{items.failed} of {len(items.values)} items failed, and the step tolerates {items.tolerated}. "
        "Fix the cause and retry the run, or raise `tolerate`. A retry does not repeat succeeded items.",
        details={**_counts(items), "tolerated": items.tolerated, "first_errors": list(first_errors)},
    )


def _counts(items: Items) -> dict[str, JsonValue]:
    return {"items": len(items.values), "succeeded": items.succeeded, "failed": items.failed}
