"""Which steps of a run its retry keeps. Pure: no clock, no database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automate.runs import states
from automate.runs.compiled import CompiledVersion
from automate.runs.work import NO_ITEM, UNDO_ITEM
from automate.workflows.definition import ON_FAILURE_CONTINUE, ON_FAILURE_FAIL

FAILED_STEP, START, STEP = "FAILED_STEP", "START", "STEP"
"""Where a retry begins: at what failed and all that follows it, at the beginning, or at a named step and what follows it."""


@dataclass(frozen=True)
class LastAttempt:
    """The latest attempt at a step, or at one item of it."""

    id: uuid.UUID
    key: str
    item: int
    state: str


@dataclass(frozen=True)
class Kept:
    """step_ids: the rows that the new run begins with. skipped, repeated: the steps of the version that it does not and does
    take, as defined. listed: steps that take items one by one, whose list is kept. gone: steps of the former run that the version does not have. undone: repeated steps whose
    compensation was begun.
    """

    step_ids: tuple[uuid.UUID, ...]
    skipped: tuple[str, ...]
    repeated: tuple[str, ...]
    listed: tuple[str, ...]
    gone: tuple[str, ...]
    undone: tuple[str, ...]


def keep(
    attempts: Sequence[LastAttempt], version: CompiledVersion, begin: str, from_step: str = "", *, same_work: bool
) -> Kept:
    """What a retry of a run with these attempts keeps. same_work: whether it has the version and the input of that run."""
    top = {attempt.key: attempt for attempt in attempts if attempt.item == NO_ITEM}
    undone = {attempt.key for attempt in attempts if attempt.item == UNDO_ITEM}
    done = {key for key in version.steps if key in top and key not in undone and _is_done(top, key, version)}
    if begin == START:
        roots = set(version.steps)
    else:
        roots = {key for key in version.steps if key not in done}
        if begin == STEP:
            roots.add(from_step)
    followers = _followers(roots, version)
    repeated = roots | followers
    kept = [key for key in version.steps if key not in repeated]
    # Of a step that takes items one by one, the items that are done stay so, where the list of them cannot have changed.
    resumed = roots - followers if begin == FAILED_STEP and same_work else set()
    items = [
        attempt
        for attempt in attempts
        if attempt.item > NO_ITEM
        and (attempt.key in kept or (attempt.key in resumed and attempt.state == states.SUCCEEDED))
    ]
    return Kept(
        step_ids=(*(top[key].id for key in kept), *(item.id for item in items)),
        skipped=tuple(kept),
        repeated=tuple(key for key in version.steps if key in repeated),
        listed=tuple(key for key in version.for_each if key in top and (key in kept or key in resumed)),
        gone=tuple(key for key in top if key not in version.steps),
        undone=tuple(key for key in version.steps if key in repeated and key in undone),
    )


def _is_done(top: dict[str, LastAttempt], key: str, version: CompiledVersion) -> bool:
    """Whether a step has ended in a way that its run may go on from."""
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
