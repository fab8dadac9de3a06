"""Finds invalid references of steps. A reference is invalid if its value cannot exist yet when the step starts."""

from __future__ import annotations

from collections.abc import Callable, Collection

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.rules.predicate import ROOTS as RULE_ROOTS
from automate.rules.predicate import check_rule
from automate.workflows.graph import Ancestry
from automate.workflows.problems import Path, did_you_mean, short
from automate.workflows.templates import ROOTS

STEP_ROOTS = tuple(name for name in ROOTS if name != "item")
EARLY_ROOTS = ("event", "workflow")
"""Roots that exist before a run starts."""

EVENT_ROOTS = RULE_ROOTS
"""Roots that a condition over an event reads."""

Refusal = Callable[[tuple[str, ...]], str | None]
"""Maps a reference to its problem, or to None. The outermost key comes first. Only the first two keys count."""


class ReferenceChecker:
    """Checks the references of one definition."""

    def __init__(self, keys: Collection[str], ancestry: Ancestry | None) -> None:
        self._known = frozenset(keys)
        self._ancestry = ancestry

    def of_step(self, step: str | None) -> Refusal:
        return self._refusal(step, STEP_ROOTS)

    def of_items(self, step: str | None) -> Refusal:
        return self._refusal(step, ROOTS)

    def of_compensation(self, step: str | None) -> Refusal:
        return self._refusal(step, STEP_ROOTS, own_output=True)

    def _refusal(self, step: str | None, roots: Collection[str], *, own_output: bool = False) -> Refusal:
        def refuse(reference: tuple[str, ...]) -> str | None:
            if reference[:1] != ("steps",) or len(reference) == 1:
                return _root_refusal(reference, roots)
            if own_output and reference[1] == step:
                return None
            return self._step_refusal(reference[1], step)

        return refuse

    def _step_refusal(self, needed: str, step: str | None) -> str | None:
        if needed not in self._known:
            return f'There is no step "{short(needed)}".{did_you_mean(needed, self._known)}'
        if needed == step:
            return f'Step "{step}" cannot refer to its own output.'
        if self._ancestry is not None and step is not None and not self._ancestry.is_ancestor(needed, step):
            return f'Step "{needed}" may not have ended when "{step}" starts. Add "{needed}" to the needs of "{step}".'
        return None


def early_refusal(reference: tuple[str, ...]) -> str | None:
    if reference and reference[0] in STEP_ROOTS and reference[0] not in EARLY_ROOTS:
        return f'"{reference[0]}" is not known before a run starts. Use one of {", ".join(EARLY_ROOTS)}.'
    return _root_refusal(reference, EARLY_ROOTS)


def _root_refusal(reference: tuple[str, ...], roots: Collection[str]) -> str | None:
    usable = ", ".join(roots)
    if not reference:
        return f"This reference reads the whole context. Name one of {usable}."
    root = reference[0]
    if root in roots:
        return None
    if root == "item":
        return '"item" exists only within the step of a flow.for_each.'
    return f'There is no "{short(root)}" here. Use one of {usable}.{did_you_mean(root, roots)}'


def _event_refusal(reference: tuple[str, ...]) -> str | None:
    return _root_refusal(reference, EVENT_ROOTS) if reference else None


def condition_problems(condition: JsonValue, path: Path, refuse: Refusal) -> list[Problem]:
    checked = check_rule(condition)
    problems = [Problem(problem.code, problem.message, (*path, *problem.path)) for problem in checked.problems]
    for read in checked.reads:
        message = refuse(read.keys)
        if message:
            problems.append(Problem("INVALID_WORKFLOW", message, (*path, *read.path)))
    return problems


def event_condition_problems(condition: JsonValue, path: Path) -> list[Problem]:
    return condition_problems(condition, path, _event_refusal)
