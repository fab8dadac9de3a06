"""Finds problems in the graph of steps: cycles, and wrong values of ``key``, ``needs`` and ``on_failure``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from automate.kernel.json_values import as_list
from automate.kernel.problems import Problem
from automate.workflows.definition import ON_FAILURE_FAIL, ON_FAILURE_WORDS
from automate.workflows.drafts import DraftStep
from automate.workflows.graph import effective_needs, find_cycles
from automate.workflows.problems import did_you_mean, short

MAX_CYCLE_NAMED = 12
"""Number of steps of a cycle that a message names."""

_HALF = MAX_CYCLE_NAMED // 2


@dataclass(frozen=True)
class _Placed:
    key: str
    needs: tuple[str, ...] | None
    on_failure: str


def check_graph(steps: Sequence[DraftStep]) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
    """Return, for each step, the keys of the steps that it needs. Also return the problems of the graph.

    Unknown keys are omitted. The problems have the order of their steps.
    """
    first: dict[str, DraftStep] = {}
    problems: list[Problem] = []
    for step in steps:
        if step.key is not None and first.setdefault(step.key, step) is not step:
            message = f'The key "{short(step.key)}" is already used by step {first[step.key].index + 1}. Give this step another key.'
            problems.append(Problem("INVALID_WORKFLOW", message, (*step.place, "key")))
    for step in steps:
        problems += _need_problems(step, first)
        problems += _handler_problems(step, first)
    placed = [
        _Placed(
            key,
            None if step.needs is None else tuple(need for need in step.needs if need in first),
            step.on_failure if step.on_failure in first and step.on_failure != key else ON_FAILURE_FAIL,
        )
        for key, step in first.items()
    ]
    needs = effective_needs(placed)
    for cycle in find_cycles(needs):
        problems.append(_cycle_problem(cycle, first))
    return needs, problems


def _need_problems(step: DraftStep, first: Mapping[str, DraftStep]) -> list[Problem]:
    return [
        Problem(
            "INVALID_WORKFLOW",
            f'There is no step "{short(need)}".{did_you_mean(need, first)}',
            (*step.place, "needs", index),
        )
        for index, need in enumerate([] if step.needs is None else as_list(step.raw["needs"]))
        if isinstance(need, str) and need not in first
    ]


def _handler_problems(step: DraftStep, first: Mapping[str, DraftStep]) -> list[Problem]:
    handler = step.on_failure
    if handler is None or handler in ON_FAILURE_WORDS:
        return []
    if handler == step.key:
        message = f'Step "{short(handler)}" cannot handle its own failure. Name another step, or write continue.'
    elif handler not in first:
        close = did_you_mean(handler, [*ON_FAILURE_WORDS, *first])
        message = f'There is no step "{short(handler)}". Write fail, continue, or the key of a step.{close}'
    else:
        return []
    return [Problem("INVALID_WORKFLOW", message, (*step.place, "on_failure"))]


def _cycle_problem(cycle: list[str], first: Mapping[str, DraftStep]) -> Problem:
    message = f"These steps wait for one another, so none can start: {_arrows(cycle)}."
    for handler, failing in pairwise(cycle):
        if first[failing].on_failure == handler:
            message += f' "{short(handler)}" handles the failure of "{short(failing)}" and so comes after it.'
            return Problem("INVALID_WORKFLOW", message, (*first[failing].place, "on_failure"))
    return Problem("INVALID_WORKFLOW", message, (*first[cycle[0]].place, "needs"))


def _arrows(cycle: list[str]) -> str:
    named = cycle if len(cycle) <= MAX_CYCLE_NAMED else [*cycle[:_HALF], "…", *cycle[-_HALF:]]
    return " -> ".join(short(key) for key in named)
