"""Resolves effects whose outcome is unknown. An operator or a lookup decides the outcome, or the call is repeated."""

from __future__ import annotations

import enum

from automate.effects import states as effect_states
from automate.effects.states import COMPENSATION_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import as_object
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.items import engine as for_each
from automate.runs.step_state import LatestAttempt
from automate.workflows.connectors import ConnectorSpec

LOOKUPS = 8
"""Maximum number of lookups without an answer."""
FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
"""Seconds until the next lookup, doubled each time."""


class NextAction(enum.Enum):
    WAIT = enum.auto()
    ASK = enum.auto()
    REPEAT = enum.auto()
    RETRY = enum.auto()
    """The call failed, so the step's retry policy decides whether and when it is repeated."""


def next_move(made: Advance, step: LatestAttempt, spec: ConnectorSpec, now: float, *, late: bool) -> NextAction:
    # `late` means that too little time remains to repeat its call.
    if step.resolution is not None:
        return _obey(made, step, late=late)
    if step.ledger == effect_states.EFFECT_FAILED:
        return _known_not_made(made, step, late=late)
    if step.asking or step.ledger == effect_states.EFFECT_UNCERTAIN:
        return NextAction.WAIT
    if spec.lookup and step.lookups < LOOKUPS:
        return NextAction.ASK if step.due is None or step.due <= now else NextAction.WAIT
    if spec.effect == "unsafe" or late:
        hold(made, step)
        return NextAction.WAIT
    return _again(step)


def _again(step: LatestAttempt) -> NextAction:
    return NextAction.REPEAT if step.error is None else NextAction.RETRY


def hold(made: Advance, step: LatestAttempt) -> None:
    step.due = None
    made.effect(step, effect_states.EFFECT_UNCERTAIN)


def not_answered(made: Advance, step: LatestAttempt, now: float) -> None:
    step.lookups += 1
    seconds = min(MOST_SECONDS, FIRST_SECONDS * 2 ** (step.lookups - 1))
    step.due = now + seconds
    made.effect(step, effect_states.EFFECT_SENT)
    made.note(step, seconds)


def _obey(made: Advance, step: LatestAttempt, *, late: bool) -> NextAction:
    said = as_object(step.resolution)
    if said["how"] == effect_states.REPEAT:
        return NextAction.WAIT if late else NextAction.REPEAT
    if said["how"] == effect_states.HAPPENED:
        output = for_each.kept_of(made, step, said["output"])
        held = made.hold(step.id, output, json_bytes(output))
        step.output, step.size, step.error = held.output, held.size, None
        step.ledger = effect_states.EFFECT_CONFIRMED
        made.move_step(step, states.SUCCEEDED, f"{said['by']} decided that the call happened")
    else:
        made.not_sent(step)
        step.ledger = effect_states.EFFECT_FAILED
        made.fail_step(
            step,
            NormalizedError(
                "EFFECT_NOT_MADE",
                f"{said['by']} decided that the call did not happen. The step fails, and the call is not repeated. "
                f"The reason: {said['reason']}",
                details={"reason": said["reason"]},
            ),
        )
    return NextAction.WAIT


def _known_not_made(made: Advance, step: LatestAttempt, *, late: bool) -> NextAction:
    if made.run.state == states.CANCELLING and step.item != COMPENSATION_ITEM:
        made.move_step(step, states.CANCELLED, "known not to have happened")
        return NextAction.WAIT
    return NextAction.WAIT if late else _again(step)
