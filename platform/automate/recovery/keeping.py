"""Decides which steps of a run are kept when the run is retried. Uses no clock and no database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.runs import states
from automate.runs.compiled import CompiledVersion
from automate.workflows.definition import ON_FAILURE_CONTINUE, ON_FAILURE_FAIL

FAILED_STEP, START, STEP = "FAILED_STEP", "START", "STEP"
"""Start of a retry: the failed step with its followers, the first step, or a named step with its followers."""


@dataclass(frozen=True)
class LastAttempt:
    id: uuid.UUID
    key: str
    item: int
    state: str


@dataclass(frozen=True)
class KeptSteps:
    step_ids: tuple[uuid.UUID, ...]
    """Rows that the new run starts with."""
    skipped: tuple[str, ...]
    """Steps of the version that the new run does not execute."""
    repeated: tuple[str, ...]
    """Steps of the version that the new run executes."""
    listed: tuple[str, ...]
    """for_each steps whose list is kept."""
    gone: tuple[str, ...]
    """Steps of the former run that the version does not have."""
    compensated: tuple[str, ...]
    """Repeated steps whose compensation was started."""


def keep(
    attempts: Sequence[LastAttempt], version: CompiledVersion, begin: str, from_step: str = "", *, same_work: bool
) -> KeptSteps:
    """Divide the steps of a run into the steps that a retry keeps, and the steps that the retry repeats."""
    top = {attempt.key: attempt for attempt in attempts if attempt.item == NO_ITEM}
    compensated = {attempt.key for attempt in attempts if attempt.item == COMPENSATION_ITEM}
    done = {key for key in version.steps if key in top and key not in compensated and _is_done(top, key, version)}
    if begin == START:
        roots = set(version.steps)
    else:
        roots = {key for key in version.steps if key not in done}
        if begin == STEP:
            roots.add(from_step)
    followers = _followers(roots, version)
    repeated = roots | followers
    kept = [key for key in version.steps if key not in repeated]
    # Finished items of a for_each are kept, if its list cannot have changed.
    resumed = roots - followers if begin == FAILED_STEP and same_work else set()
    items = [
        attempt
        for attempt in attempts
        if attempt.item > NO_ITEM
        and (attempt.key in kept or (attempt.key in resumed and attempt.state == states.SUCCEEDED))
    ]
    return KeptSteps(
        step_ids=(*(top[key].id for key in kept), *(item.id for item in items)),
        skipped=tuple(kept),
        repeated=tuple(key for key in version.steps if key in repeated),
        listed=tuple(key for key in version.for_each if key in top and (key in kept or key in resumed)),
        gone=tuple(key for key in top if key not in version.steps),
        compensated=tuple(key for key in version.steps if key in repeated and key in compensated),
    )


def _is_done(top: dict[str, LastAttempt], key: str, version: CompiledVersion) -> bool:
    # A step has ended in a way that lets its run continue.
    state = top[key].state
    if state != states.FAILED:
        return state in {states.SUCCEEDED, states.SKIPPED}
    after = version.steps[key].step.on_failure
    if after in {ON_FAILURE_CONTINUE, ON_FAILURE_FAIL}:
        return after == ON_FAILURE_CONTINUE
    return after in top and top[after].state == states.SUCCEEDED


def _followers(roots: Iterable[str], version: CompiledVersion) -> set[str]:
    found: set[str] = set()
    pending = list(roots)
    while pending:
        for follower in version.dependents[pending.pop()]:
            if follower not in found:
                found.add(follower)
                pending.append(follower)
    return found
