"""Computes the order of steps, without recursion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from automate.workflows.definition import ON_FAILURE_WORDS

Needs = Mapping[str, Sequence[str]]
"""Step key -> the keys that it waits for. All of them are keys of the mapping."""

MAX_CYCLES_NAMED = 10


class Placed(Protocol):
    """A step in the graph. ``needs`` is None if the definition does not state the needs of the step."""

    @property
    def key(self) -> str: ...
    @property
    def needs(self) -> Sequence[str] | None: ...
    @property
    def on_failure(self) -> str: ...


def handled_by(steps: Iterable[Placed]) -> dict[str, tuple[str, ...]]:
    """Return the steps that each failure handler handles. A step names its failure handler in ``on_failure``."""
    found: dict[str, tuple[str, ...]] = {}
    for step in steps:
        if step.on_failure not in ON_FAILURE_WORDS:
            found[step.on_failure] = (*found.get(step.on_failure, ()), step.key)
    return found


def effective_needs(steps: Sequence[Placed]) -> dict[str, tuple[str, ...]]:
    """Return the steps that each step needs.

    A failure handler needs the steps that name it. Any other step without ``needs`` needs the step above it.
    """
    handled = handled_by(steps)
    found: dict[str, tuple[str, ...]] = {}
    above: tuple[str, ...] = ()
    for step in steps:
        named_by = handled.get(step.key, ())
        if step.needs is None:
            found[step.key] = named_by or above
        else:
            found[step.key] = tuple(dict.fromkeys((*step.needs, *named_by)))
        above = (step.key,)
    return found


def topological_order(needs: Needs) -> list[str]:
    # Steps on a cycle, or after a cycle, are left out.
    dependents: dict[str, list[str]] = {key: [] for key in needs}
    missing: dict[str, int] = {}
    for key, wanted in needs.items():
        distinct = set(wanted)
        missing[key] = len(distinct)
        for need in distinct:
            dependents[need].append(key)
    order = [key for key, count in missing.items() if count == 0]
    for key in order:  # grows during the iteration
        for dependent in dependents[key]:
            missing[dependent] -= 1
            if missing[dependent] == 0:
                order.append(dependent)
    return order


def find_cycles(needs: Needs) -> list[list[str]]:
    sound = set(topological_order(needs))
    cycles: list[list[str]] = []
    done: set[str] = set(sound)
    for start in needs:
        if start in done:
            continue
        trail = [start]
        position = {start: 0}
        pending = [iter(needs[start])]
        while trail and len(cycles) < MAX_CYCLES_NAMED:
            need = next(pending[-1], None)
            if need is None:
                done.add(trail[-1])
                del position[trail.pop()]
                pending.pop()
            elif need in position:
                cycles.append([*trail[position[need] :], need])
            elif need not in done:
                position[need] = len(trail)
                trail.append(need)
                pending.append(iter(needs[need]))
    return cycles


class Ancestry:
    """Knows which steps come before each step of a valid graph."""

    def __init__(self, needs: Needs) -> None:
        self._bit = {key: 1 << index for index, key in enumerate(needs)}
        self._above: dict[str, int] = {}
        for key in topological_order(needs):
            above = 0
            for need in needs[key]:
                above |= self._above[need] | self._bit[need]
            self._above[key] = above

    def is_ancestor(self, ancestor: str, of: str) -> bool:
        return bool(self._above[of] & self._bit[ancestor])
