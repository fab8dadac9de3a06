"""What the platform says of a plan, held to the rules before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automate.budgets.models import ALWAYS, CONCURRENT_RUNS, THROTTLE
from automate.budgets.offers import check_offered
from automate.budgets.planned.transitions import Planned
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_slug, check_text
from tenants.models import Plan
from tenants.plans import DEFAULT_CONCURRENT_RUNS

MOST_PLANNED = 20
"""Budgets of one plan. A tenant may set others beside them."""
MOST_WEIGHT = 100
RUNS_AT_ONCE = Planned(CONCURRENT_RUNS, ALWAYS, DEFAULT_CONCURRENT_RUNS, THROTTLE)
"""Of a plan that names no other."""


@dataclass(frozen=True)
class PlanSpec:
    """name: None for the slug. budgets: without CONCURRENT_RUNS, the plan has RUNS_AT_ONCE."""

    slug: str
    name: str | None = None
    weight: int = 1
    budgets: Sequence[Planned] = ()


def check_plan(spec: PlanSpec) -> PlanSpec:
    """The plan with what its spec leaves out. Raises NormalizedError BAD_USER_INPUT or LIMIT_EXCEEDED."""
    check_slug(spec.slug)
    name = spec.slug if spec.name is None else spec.name
    check_text(name, path=["name"], most=LIMITS.name_characters)
    if not 1 <= spec.weight <= MOST_WEIGHT:
        message = f"`weight` is {spec.weight}; it must be from 1 to {MOST_WEIGHT}."
        raise NormalizedError("BAD_USER_INPUT", message, path=["weight"])
    if len(spec.budgets) > MOST_PLANNED:
        message = f"A plan has at most {MOST_PLANNED} budgets; these are {len(spec.budgets)}."
        raise NormalizedError("LIMIT_EXCEEDED", message, details={"most": MOST_PLANNED}, path=["budgets"])
    known: set[tuple[str, str]] = set()
    for index, one in enumerate(spec.budgets):
        check_offered(one.metric, one.window, one.limit, one.action, path=("budgets", str(index)))
        if (one.metric, one.window) in known:
            message = f"There are two budgets of {one.metric.upper()} and {one.window.upper()}; a plan has one of each."
            raise NormalizedError("BAD_USER_INPUT", message, path=["budgets", str(index)])
        known.add((one.metric, one.window))
    missing = [] if (CONCURRENT_RUNS, ALWAYS) in known else [RUNS_AT_ONCE]
    return PlanSpec(spec.slug, name, spec.weight, [*spec.budgets, *missing])


def planned(plan: Plan) -> list[Planned]:
    """The budgets that a stored plan gives its tenants."""
    return [Planned(**one) for one in plan.budgets]
