"""The type Budget: a limit that the platform enforces for a tenant."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django

from automate.budgets import models
from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.queries import BudgetRow
from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.scalars import BigInt


@strawberry_django.type(models.Budget, description="A limit that the platform enforces for the tenant.")
class Budget(Node):
    metric: BudgetMetric = strawberry.field(description="The metric that the budget counts.")
    window: BudgetWindow = strawberry.field(description="The window in which it counts.")
    workflow: str | None = strawberry.field(
        description="The slug of the only workflow that counts; null for the whole tenant."
    )
    connector: str | None = strawberry.field(description="The only connector that counts; null for all.")
    limit: BigInt = strawberry.field(description="The maximum in a window; for COST in millionths of the currency.")
    cost_limit: Decimal | None = strawberry.field(
        description="The limit of COST in the currency; null for other metrics."
    )
    ceiling: BigInt | None = strawberry.field(
        description="The maximum that the tenant may set, by its plan; null for no maximum."
    )
    used: BigInt = strawberry.field(
        description="The use in the current window; for COST in millionths of the currency."
    )
    cost_used: Decimal | None = strawberry.field(description="The use of COST in the currency; null for other metrics.")
    reserved: BigInt = strawberry.field(
        description="Work that has begun and is not counted yet. Always 0, because work counts as used when it begins."
    )
    action: BudgetAction = strawberry.field(description="The action beyond the limit.")
    resets_at: datetime | None = strawberry.field(
        description="The end of the window, when `used` is 0 again; null for ALWAYS."
    )
    forecast: datetime | None = strawberry.field(
        description="When the limit will be reached, if the use continues at the rate of the window so far; now, if it is reached. "
        "Null if it will not be reached before `resetsAt`."
    )


_budget = copier(Budget, BudgetRow, "id", "metric", "window", "limit", "ceiling", "used", "reserved", "action")


def budget_of(row: BudgetRow) -> Budget:
    return _budget(
        row,
        id=strawberry.ID(global_id("Budget", row.id)),
        metric=BudgetMetric(row.metric),
        window=BudgetWindow(row.window),
        limit=BigInt(row.limit),
        ceiling=None if row.ceiling is None else BigInt(row.ceiling),
        used=BigInt(row.used),
        reserved=BigInt(0),
        action=BudgetAction(row.action),
    )
