"""What becomes of an effect of which nobody knows whether it happened: a person says, its connector asks, or it is repeated.

Before anything is repeated, a connector that can look it up has been asked, and again after a while where it could not
tell. Then what is ``idempotent`` or ``keyed`` is repeated under its key, and what is ``unsafe`` is held for a person.
"""

from __future__ import annotations

import enum

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.storable import json_bytes
from automate.runs import states
from automate.runs.items import engine as for_each
from automate.runs.round import Round
from automate.runs.work import UNDO_ITEM, StepState
from automate.workflows.connectors import ConnectorSpec

LOOKUPS = 8
"""How often a connector is asked that cannot tell, before somebody else has to."""
FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
"""Until it is asked again: doubled each time."""


class Next(enum.Enum):
    """What is to be done about it."""

    WAIT = enum.auto()
    ASK = enum.auto()
    REPEAT = enum.auto()
    RETRY = enum.auto()
    """Its call has failed, and so the step's policy says whether and when it is repeated."""


def look(made: Round, step: StepState, spec: ConnectorSpec, now: float, *, late: bool) -> Next:
    """Settle an uncertain step, as far as that can be done at once. late: there is no time left to repeat it in."""
    if step.resolution is not None:
        return _obey(made, step, late=late)
    if step.ledger == states.EFFECT_FAILED:
        return _known_not_made(made, step, late=late)
    if step.asking or step.ledger == states.EFFECT_UNCERTAIN:
        return Next.WAIT
    if spec.lookup and step.lookups < LOOKUPS:
        return Next.ASK if step.due is None or step.due <= now else Next.WAIT
    if spec.effect == "unsafe" or late:
        hold(made, step)
        return Next.WAIT
    return _again(step)


def _again(step: StepState) -> Next:
    return Next.REPEAT if step.error is None else Next.RETRY


def hold(made: Round, step: StepState) -> None:
    """Only a person can say now."""
    step.due = None
    made.effect(step, states.EFFECT_UNCERTAIN)


def not_answered(made: Round, step: StepState, now: float) -> None:
    """Its connector could not tell what became of it."""
    step.lookups += 1
    seconds = min(MOST_SECONDS, FIRST_SECONDS * 2 ** (step.lookups - 1))
    step.due = now + seconds
    made.effect(step, states.EFFECT_SENT)
    made.note(step, seconds)


def _obey(made: Round, step: StepState, *, late: bool) -> Next:
    said: Json = step.resolution
    if said["how"] == states.REPEAT:
        return Next.WAIT if late else Next.REPEAT
    if said["how"] == states.HAPPENED:
        output = for_each.kept_of(made, step, said["output"])
        held = made.hold(step.id, output, json_bytes(output))
        step.output, step.size, step.error = held["output"], held["size"], None
        step.ledger = states.EFFECT_CONFIRMED
        made.move_step(step, states.SUCCEEDED, f"{said['by']} says that it happened")
    else:
        step.ledger = states.EFFECT_FAILED
        made.fail_step(
            step,
            NormalizedError(
                "EFFECT_NOT_MADE",
                f"{said['by']} says that the call did not happen, and did not let it be repeated: {said['reason']}",
                details={"reason": said["reason"]},
            ),
        )
    return Next.WAIT


def _known_not_made(made: Round, step: StepState, *, late: bool) -> Next:
    if made.run.state == states.CANCELLING and step.item != UNDO_ITEM:
        made.move_step(step, states.CANCELLED, "known not to have happened")
        return Next.WAIT
    return Next.WAIT if late else _again(step)
