"""The type Budget: a limit of a tenant."""

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
    metric: BudgetMetric
    window: BudgetWindow
    workflow: str | None = strawberry.field(
        description="The slug of the workflow that the budget counts. Null if it counts the whole tenant."
    )
    connector: str | None = strawberry.field(
        description="The connector that the budget counts. Null if it counts all connectors."
    )
    limit: BigInt
    cost_limit: Decimal | None = strawberry.field(
        description="The limit of COST in the currency; null for other metrics."
    )
    ceiling: BigInt | None
    used: BigInt = strawberry.field(
        description="The use in the current window; for COST in millionths of the currency. Without `reserved`."
    )
    cost_used: Decimal | None = strawberry.field(description="The use of COST in the currency; null for other metrics.")
    reserved: BigInt = strawberry.field(
        description="The amount that calls reserve until their outcome is known, for CALLS and COST; otherwise 0. The limit is "
        "checked against `used` and `reserved` together."
    )
    action: BudgetAction
    resets_at: datetime | None
    forecast: datetime | None = strawberry.field(
        description="The estimated time at which the limit is reached, if the use continues at the rate of the "
        "window so far. It is now if the limit is already reached. Null if the limit will not be "
        "reached before `resetsAt`."
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
        reserved=BigInt(row.reserved),
        action=BudgetAction(row.action),
    )
