"""The input of a budget, of a plan or of a tenant."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from graphql_schema.scalars import BigInt


@strawberry.input
class PlanBudgetInput:
    metric: BudgetMetric = strawberry.field(description="The metric that the budget counts.")
    window: BudgetWindow = strawberry.field(description="The period after which the count starts again.")
    limit: BigInt | None = strawberry.field(
        default=None,
        description="The maximum in a window; 0 allows nothing. For COST in millionths of the currency.",
    )
    cost_limit: Decimal | None = strawberry.field(
        default=None,
        description="The limit of COST in the currency, with at most six decimals. Give it instead of `limit`.",
    )
    action: BudgetAction = strawberry.field(
        default=BudgetAction.THROTTLE, description="The action at the limit. EVENTS allows only REJECT and ALERT."
    )
