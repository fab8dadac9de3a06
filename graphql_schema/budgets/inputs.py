"""The GraphQL inputs for a plan's budget and for a tenant's budget."""

from __future__ import annotations

import strawberry

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.settings import BudgetSettings, PlanBudgetSettings
from graphql_schema.scalars import BigInt
from graphql_schema.shaped import ShapeInput, input_of


@input_of(PlanBudgetSettings)
class PlanBudgetInput(ShapeInput):
    metric: BudgetMetric
    window: BudgetWindow
    limit: BigInt | None
    action: BudgetAction


@input_of(BudgetSettings)
class SetBudgetInput(ShapeInput):
    metric: BudgetMetric
    window: BudgetWindow
    limit: BigInt | None
    action: BudgetAction
    only_new: bool = strawberry.field(
        default=False, description="If true, the mutation refuses to replace an existing budget."
    )
