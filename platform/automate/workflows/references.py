"""Whether what a step refers to can exist by the time that it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection

from automate.kernel.errors import Json
from automate.kernel.problems import Problem
from automate.rules.predicate import check_rule
from automate.workflows.graph import Ancestry
from automate.workflows.problems import Path, did_you_mean, short
from automate.workflows.templates import ROOTS

_USABLE = ", ".join(name for name in ROOTS if name != "item")

Refusal = Callable[[tuple[str, ...]], str | None]
"""A reference, outermost key first, of which the first two count -> what is wrong with it, or None."""


def refusal_for(step: str, keys: Collection[str], ancestry: Ancestry | None) -> Refusal:
    """The judge of one step's references. ancestry: None where the graph is unsound, so that order is not judged."""
    known = frozenset(keys)

    def refuse(reference: tuple[str, ...]) -> str | None:
        if not reference:
            return f"It takes the whole context; name one of {_USABLE}."
        if reference[0] == "steps" and len(reference) > 1:
            return _step_refusal(reference[1], step, known, ancestry)
        return _root_refusal(reference[0])

    return refuse


def _root_refusal(root: str) -> str | None:
    if root == "item":
        return '"item" exists only within a for_each step.'
    if root not in ROOTS:
        return f'There is no "{short(root)}" here; there are {_USABLE}.{did_you_mean(root, ROOTS)}'
    return None


def _step_refusal(needed: str, step: str, known: frozenset[str], ancestry: Ancestry | None) -> str | None:
    if needed not in known:
        return f'There is no step "{short(needed)}".{did_you_mean(needed, known)}'
    if needed == step:
        return f'Step "{step}" cannot refer to its own output.'
    if ancestry is not None and not ancestry.is_ancestor(needed, step):
        return f'Step "{needed}" need not have ended when "{step}" starts; add "{needed}" to the needs of "{step}".'
    return None


def condition_problems(condition: Json, path: Path, refuse: Refusal) -> list[Problem]:
    """What is wrong with a JsonLogic condition, as with any rule, and with what it reads of its run."""
    checked = check_rule(condition)
    problems = [Problem(problem.code, problem.message, (*path, *problem.path)) for problem in checked.problems]
    for read in checked.reads:
        message = refuse(read.keys)
        if message:
            problems.append(Problem("INVALID_WORKFLOW", message, (*path, *read.path)))
    return problems
