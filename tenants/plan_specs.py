"""The input of the mutation ``savePlan``, and the checks of this input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from automate.budgets.kinds import CONCURRENT_RUNS
from automate.budgets.models import ALWAYS, THROTTLE
from automate.budgets.prices import millionths
from automate.budgets.settings import PlannedBudget, check_budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_slug, check_text
from automate.retention.settings import PlanRetentionDays, check_days
from automate.workflows.known_connectors import check_uses
from tenants.models import Plan
from tenants.plans import DEFAULT_CONCURRENT_RUNS

MOST_PLANNED = 20
"""The maximum number of budgets of one plan. A tenant may set more budgets of its own."""
MOST_WEIGHT = 100
MOST_PRICES = 500
RUNS_AT_ONCE = PlannedBudget(CONCURRENT_RUNS, ALWAYS, DEFAULT_CONCURRENT_RUNS, THROTTLE)
"""The budget of concurrent runs for a plan that names none."""


@dataclass(frozen=True)
class PlanSpec:
    slug: str
    name: str | None = None
    """None: the slug."""
    weight: int = 1
    budgets: Sequence[PlannedBudget] = ()
    """Without CONCURRENT_RUNS, the plan gets RUNS_AT_ONCE."""
    prices: Sequence[tuple[str, Decimal]] = ()
    """Prices by the step's ``uses``, in the currency."""
    retention: Mapping[str, int | None] = field(default_factory=dict)
    """Data class -> days; None: for ever. A class that is missing gets the platform's default."""

    @property
    def millionths(self) -> dict[str, int]:
        """The price of each connector, in millionths of a unit of the currency."""
        return {
            uses: millionths(price, ["prices", str(index), "price"]) for index, (uses, price) in enumerate(self.prices)
        }


def check_plan(spec: PlanSpec) -> PlanSpec:
    """Check the input of a plan, and add the default values. Raises BAD_USER_INPUT, LIMIT_EXCEEDED."""
    check_slug(spec.slug)
    name = spec.slug if spec.name is None else spec.name
    check_text(name, path=["name"], most=LIMITS.name_characters)
    if not 1 <= spec.weight <= MOST_WEIGHT:
        message = f"`weight` is {spec.weight}, and must be from 1 to {MOST_WEIGHT}. Send another weight."
        raise NormalizedError("BAD_USER_INPUT", message, path=["weight"])
    if len(spec.budgets) > MOST_PLANNED:
        message = f"`budgets` has {len(spec.budgets)} entries, and the maximum is {MOST_PLANNED}. Send fewer budgets."
        raise NormalizedError("LIMIT_EXCEEDED", message, details={"most": MOST_PLANNED}, path=["budgets"])
    check_days(PlanRetentionDays, spec.retention, "retention")
    check_budgets(*spec.budgets, path=("budgets",))
    known: set[tuple[str, str]] = set()
    for index, one in enumerate(spec.budgets):
        if (one.metric, one.window) in known:
            message = (
                f"`budgets` has two entries with {one.metric.upper()} and {one.window.upper()}. Send only one of them."
            )
            raise NormalizedError("BAD_USER_INPUT", message, path=["budgets", str(index)])
        known.add((one.metric, one.window))
    if len(spec.prices) > MOST_PRICES:
        message = f"`prices` has {len(spec.prices)} entries, and the maximum is {MOST_PRICES}. Send fewer prices."
        raise NormalizedError("LIMIT_EXCEEDED", message, details={"most": MOST_PRICES}, path=["prices"])
    for index, (uses, _) in enumerate(spec.prices):
        check_uses(uses, ["prices", str(index), "uses"])
    if len(spec.millionths) < len(spec.prices):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`prices` has two entries with the same name. Send one price for each name.",
            path=["prices"],
        )
    missing = [] if (CONCURRENT_RUNS, ALWAYS) in known else [RUNS_AT_ONCE]
    budgets = [*spec.budgets, *missing]
    return PlanSpec(spec.slug, name, spec.weight, budgets, spec.prices, spec.retention)


def planned(plan: Plan) -> list[PlannedBudget]:
    """Return the budgets of a plan. Each tenant with this plan gets these budgets."""
    return [PlannedBudget(**one) for one in plan.budgets]
