"""When an attempt that failed is made again, and in which words it is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import DAY_SECONDS
from automate.runs.compiled import CompiledStep
from automate.runs.work import UNDO_ITEM, RunState, StepState
from automate.runs.world import World
from automate.workflows.definition import RetryPolicy

RETRY_HORIZON_SECONDS = DAY_SECONDS
"""From a step's first attempt: none begins later."""

WAITS_SPREAD = 0.1
"""By how much of itself a wait of a connector's own may be longer."""


def seconds_to_next(
    policy: RetryPolicy,
    waits: Sequence[float],
    step: StepState,
    error: NormalizedError,
    asked: float | None,
    *,
    world: World,
) -> float | None:
    """How long to wait before the next attempt; None where there is none. asked: for how long the other side asked. waits:
    the connector's own, instead of the policy; they are lengthened a little, so that what failed together does not come
    back together.
    """
    most = len(waits) + 1 if waits else policy.max_attempts
    if not error.retryable or step.attempt >= most:
        return None
    if waits:
        least = waits[step.attempt - 1]
        longest = least * (1 + WAITS_SPREAD)
    else:
        least = 0
        longest = min(policy.max_seconds, policy.initial_seconds * policy.factor ** (step.attempt - 1))
    return asked or world.spread(least, longest)


def beyond_horizon(step: StepState, seconds: float, now: float) -> bool:
    return now + seconds > step.begun + RETRY_HORIZON_SECONDS


def not_waited(run: RunState, compiled: CompiledStep, step: StepState, asked: float, now: float) -> str:
    """Why nobody waits as long as the other side asked, and what to do about it; empty where there is time."""
    if beyond_horizon(step, asked, now):
        wait = "24 hours or more" if asked >= DAY_SECONDS else f"{asked:g} s"
        return (
            f"The other side asks to wait {wait}, and no attempt begins later than 24 hours after the first. "
            "Retry the run later."
        )
    if step.item == UNDO_ITEM:
        # What is undone is, however long that takes.
        return ""
    whole = run.steps.get(step.key) if step.item >= 0 else None
    # What is over already ends as timed out, by the words for that.
    if 0 < run.remaining_seconds(now) <= asked:
        end, seconds = "the run", run.version.definition.timeout_seconds
    elif whole is not None and whole.due is not None and 0 < whole.due - now <= asked:
        end, seconds = "the step", compiled.step.timeout_seconds
    else:
        return ""
    return (
        f"The other side asks to wait {asked:g} s, which is past the end of {end}: its timeout_seconds is {seconds:g}. "
        "Raise it, or retry the run later."
    )
