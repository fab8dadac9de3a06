"""Finds problems with times. For example, a step's timeout must not exceed the run's timeout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.workflows.definition import RUN_TIMEOUT_SECONDS
from automate.workflows.drafts import DefinitionPath, DraftStep
from automate.workflows.flow_steps import FLOW_SPECS


def time_problems(raw: Mapping[str, JsonValue], steps: Sequence[DraftStep], most_seconds: float) -> Iterator[Problem]:
    # `most_seconds` limits the duration of a run, and the wait before a run starts.
    days = most_seconds / DAY_SECONDS
    for name, what in (("timeout_seconds", "take"), ("queue_timeout_seconds", "wait before it starts")):
        seconds = raw.get(name)
        if _is_number(seconds) and seconds > most_seconds:
            message = f"A run may {what} at most {most_seconds:,.0f} seconds ({days:g} days)."
            yield Problem("LIMIT_EXCEEDED", message, (name,))
    run = raw.get("timeout_seconds", RUN_TIMEOUT_SECONDS)
    for step in steps:
        for place, call in step.calls():
            timeout = call.get("timeout_seconds")
            if _is_number(run) and _is_number(timeout) and timeout > run:
                message = f"A step's time-out cannot be longer than its run's, which is {run:,.15g} seconds."
                yield Problem("INVALID_WORKFLOW", message, (*place, "timeout_seconds"))
            yield from _retry_problems(call.get("retry"), place)
        yield from _wait_problems(step, run)


def _wait_problems(step: DraftStep, run: JsonValue) -> Iterator[Problem]:
    # The run would always time out first.
    flow = None if step.uses is None else FLOW_SPECS.get(step.uses)
    given = step.raw.get("with")
    if flow is None or flow.wait is None or not isinstance(given, dict) or not _is_number(run):
        return
    seconds = given.get(flow.wait)
    if _is_number(seconds) and run < seconds <= LIMITS.wait_seconds:
        message = (
            f'The run ends before that, after {run:,.15g} seconds. Wait less, or raise "timeout_seconds" of the run.'
        )
        yield Problem("INVALID_WORKFLOW", message, (*step.place, "with", flow.wait))


def _retry_problems(retry: JsonValue, place: DefinitionPath) -> Iterator[Problem]:
    if not isinstance(retry, dict):
        return
    initial, longest = retry.get("initial_seconds"), retry.get("max_seconds")
    if _is_number(initial) and _is_number(longest) and initial > longest:
        message = f"The first wait ({initial:g} s) cannot be longer than the longest ({longest:g} s)."
        yield Problem("INVALID_WORKFLOW", message, (*place, "retry", "initial_seconds"))


def _is_number(value: JsonValue) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
