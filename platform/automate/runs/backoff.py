"""Computes the delay between a failed attempt and the next attempt."""

from __future__ import annotations

from collections.abc import Sequence

from automate.effects.states import COMPENSATION_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import DAY_SECONDS
from automate.runs.compiled import CompiledStep
from automate.runs.nondeterminism import Nondeterminism
from automate.runs.step_state import LatestAttempt
from automate.runs.work import HeldRun
from automate.workflows.definition import RetryPolicy

RETRY_HORIZON_SECONDS = DAY_SECONDS
"""Seconds from a step's first attempt; no attempt starts later."""

WAITS_SPREAD = 0.1
"""Share by which a delay that the connector itself defines can be lengthened at random."""


def seconds_to_next(
    policy: RetryPolicy,
    waits: Sequence[float],
    step: LatestAttempt,
    error: NormalizedError,
    asked: float | None,
    *,
    nondeterminism: Nondeterminism,
) -> float | None:
    # `waits` are the connector's own delays. Random lengthening, so that calls that failed together are spread.
    most = len(waits) + 1 if waits else policy.max_attempts
    if not error.retryable or step.attempt >= most:
        return None
    if waits:
        least = waits[step.attempt - 1]
        longest = least * (1 + WAITS_SPREAD)
    else:
        least = 0
        longest = min(policy.max_seconds, policy.initial_seconds * policy.factor ** (step.attempt - 1))
    return asked or nondeterminism.spread(least, longest)


def beyond_horizon(step: LatestAttempt, seconds: float, now: float) -> bool:
    return now + seconds > step.begun + RETRY_HORIZON_SECONDS


def not_waited(run: HeldRun, compiled: CompiledStep, step: LatestAttempt, asked: float, now: float) -> str:
    # Empty if the worker can wait that long.
    if beyond_horizon(step, asked, now):
        wait = "24 hours or more" if asked >= DAY_SECONDS else f"{asked:g} s"
        return (
            f"The receiver asks to wait {wait}, but no attempt may start later than 24 hours after the first. "
            "Retry the run later."
        )
    if step.item == COMPENSATION_ITEM:
        # A compensation may take any time.
        return ""
    whole = run.steps.get(step.key) if step.item >= 0 else None
    # A run or step past its timeout ends as timed out, with its own text.
    if 0 < run.remaining_seconds(now) <= asked:
        end, seconds = "the run", run.version.definition.timeout_seconds
    elif whole is not None and whole.due is not None and 0 < whole.due - now <= asked:
        end, seconds = "the step", compiled.step.timeout_seconds
    else:
        return ""
    return (
        f"The receiver asks to wait {asked:g} s, which exceeds the timeout of {end}: its timeout_seconds is {seconds:g}. "
        "Raise timeout_seconds, or retry the run later."
    )
