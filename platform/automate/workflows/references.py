"""Whether what a step refers to can exist by the time that it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from automate.kernel.errors import Json
from automate.workflows.graph import Ancestry
from automate.workflows.problems import Path, Problem, did_you_mean, short
from automate.workflows.templates import ROOTS

_ITERATORS = frozenset({"map", "filter", "all", "none", "some", "reduce"})
"""JsonLogic operators whose arguments, from the second on, see an element instead of the whole data."""

Refusal = Callable[[tuple[str, ...]], str | None]
"""A reference -> what is wrong with it, or None."""


def refusal_for(step: str, keys: Collection[str], ancestry: Ancestry | None) -> Refusal:
    """The judge of one step's references. ancestry: None where the graph is unsound, so that order is not judged."""
    known = frozenset(keys)

    def refuse(reference: tuple[str, ...]) -> str | None:
        root, named = (*reference, "", "")[:2]
        if root == "steps" and named:
            return _step_refusal(named, step, known, ancestry)
        return _root_refusal(root)

    return refuse


def _root_refusal(root: str) -> str | None:
    usable = ", ".join(name for name in ROOTS if name != "item")
    if not root:
        return f"It takes the whole context; name one of {usable}."
    if root == "item":
        return '"item" exists only within a for_each step.'
    if root not in ROOTS:
        return f'There is no "{short(root)}" here; there are {usable}.{did_you_mean(root, ROOTS)}'
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
    """Problems of the variables in a JsonLogic condition. Depth is bounded by the definition's."""
    problems = []
    for place, name in _variables(condition, tuple(path)):
        reference = tuple(name.split(".")[:2])
        message = refuse(reference)
        if message:
            problems.append(Problem("INVALID_WORKFLOW", message, place))
    return problems


def _variables(node: Json, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _variables(item, (*path, index))
    elif isinstance(node, dict) and len(node) == 1:
        ((operator, arguments),) = node.items()
        here = (*path, operator)
        if operator == "var":
            name = arguments[0] if isinstance(arguments, list) and arguments else arguments
            if isinstance(name, str) and name:
                yield here, name
            elif not isinstance(name, str):
                yield from _variables(name, here)
        elif operator in _ITERATORS and isinstance(arguments, list):
            yield from _variables(arguments[:1], here)
        else:
            yield from _variables(arguments, here)
