"""Declares the settings of a budget once, for the budgets of tenants and of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Annotated

from automate.budgets.kinds import COST, METRICS
from automate.budgets.models import ACTIONS, THROTTLE, WINDOWS
from automate.budgets.offers import MOST_LIMIT, OFFERS
from automate.budgets.prices import millionths
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem, refusal_of
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.shapes import Checked, OneOf, Says, Spell


def _limit_problems(limit: int) -> Iterator[Problem]:
    if not 0 <= limit <= MOST_LIMIT:
        yield Problem("BAD_USER_INPUT", f"`limit` is {limit}; it must be from 0 to {MOST_LIMIT:,}.", ())


def _cost_problems(amount: Decimal) -> Iterator[Problem]:
    millionths(amount, ["costLimit"])
    yield from ()


@dataclass(frozen=True)
class BudgetLimit:
    """A limit on the amount of one metric in one window."""

    metric: Annotated[str, OneOf(METRICS, shouted=True), Says("The metric that the budget counts.")]
    window: Annotated[str, OneOf(WINDOWS, shouted=True), Says("The period after which the count starts again.")]
    limit: Annotated[
        int | None,
        Checked("a whole number", _limit_problems),
        Says("The maximum in a window; 0 allows nothing. For COST in millionths of the currency."),
    ] = None
    action: Annotated[
        str,
        OneOf(ACTIONS, shouted=True),
        Says("The action at the limit. CONCURRENT_RUNS allows only THROTTLE and REJECT."),
    ] = THROTTLE

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        metric = given.get("metric")
        offer = OFFERS.get(metric) if isinstance(metric, str) else None
        if offer is None:
            return
        name = str(metric).upper()
        for field, allowed in (("window", offer.windows), ("action", offer.actions)):
            value = given.get(field, THROTTLE)
            if value not in allowed:
                words = ", ".join(one.upper() for one in allowed)
                message = (
                    f"`{field}` is {str(value).upper()}, which budgets of {name} do not have. Set it to one of {words}."
                )
                yield Problem("BAD_USER_INPUT", message, (field,))
        if given.get("workflow") is not None and not offer.by_workflow:
            message = f"A budget of {name} cannot be limited to one workflow. Leave out `workflow`."
            yield Problem("BAD_USER_INPUT", message, ("workflow",))
        if given.get("connector") is not None and not offer.by_connector:
            message = f"A budget of {name} cannot be limited to one connector. Only CALLS and COST can. Leave out `connector`."
            yield Problem("BAD_USER_INPUT", message, ("connector",))


@dataclass(frozen=True)
class PlannedBudget(BudgetLimit):
    """A budget of a plan, as the plan stores it."""

    limit: Annotated[
        int,
        Checked("a whole number", _limit_problems),
        Says("The maximum in a window; for COST in millionths of the currency. A tenant may set a lower limit."),
    ]


@dataclass(frozen=True)
class PlanBudgetSettings(BudgetLimit):
    """The settings that a client sends for a budget of a plan."""

    cost_limit: Annotated[
        Decimal | None,
        Checked("an amount of the currency", _cost_problems),
        Says("The limit of COST in the currency, with at most six decimals. Give it instead of `limit`."),
    ] = None

    @property
    def units(self) -> int:
        """The limit of the budget. For the metric COST, the limit is in millionths of the currency."""
        return millionths(self.cost_limit, ["costLimit"]) if self.cost_limit is not None else self.limit or 0

    @property
    def planned(self) -> PlannedBudget:
        return PlannedBudget(self.metric, self.window, self.units, self.action)

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        yield from BudgetLimit.wrong(given, spell)
        limit, cost_limit, metric = given.get("limit"), given.get("cost_limit"), given.get("metric")
        if cost_limit is not None and metric != COST:
            message = f"`costLimit` is only for COST, and the metric is {str(metric).upper()}. Give `limit` instead."
            yield Problem("BAD_USER_INPUT", message, ("cost_limit",))
        elif (limit is None) == (cost_limit is None):
            message = "A budget needs exactly one limit. Give `limit`, or for COST `costLimit`, but not both."
            yield Problem("BAD_USER_INPUT", message, ("limit",))


@dataclass(frozen=True)
class BudgetSettings(PlanBudgetSettings):
    """The settings that a client sends for a budget of a tenant."""

    workflow: Annotated[
        str | None, Says("The slug of a workflow, to count only this workflow. Null counts the whole tenant.")
    ] = None
    connector: Annotated[
        str | None,
        Says("A connector, to count only its calls. Only for CALLS and COST. Null counts all connectors."),
    ] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        yield from PlanBudgetSettings.wrong(given, spell)
        if given.get("workflow") is not None and given.get("connector") is not None:
            message = "`workflow` and `connector` are both set, but a budget can be limited to only one of them. Leave out the other."
            yield Problem("BAD_USER_INPUT", message, ("connector",))


def check_budgets(*budgets: BudgetLimit, path: tuple[str, ...] | None = None) -> None:
    """Check budgets. ``path`` is the path of the list of budgets in the input. If there is no list, ``path`` is None.

    Raises BAD_USER_INPUT with all problems.
    """
    wrong = [
        problem
        for place, one in enumerate(budgets)
        for problem in problems_of(type(one), asdict(one), () if path is None else (*path, place), stored=True)
    ]
    if wrong:
        raise refusal_of(refusals(wrong))
