"""Budget: a limit that the runtime enforces for a tenant."""

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


@strawberry_django.type(models.Budget, description="A limit that the runtime enforces for the tenant.")
class Budget(Node):
    metric: BudgetMetric = strawberry.field(description="What it counts.")
    window: BudgetWindow = strawberry.field(description="The time within which it counts.")
    workflow: str | None = strawberry.field(
        description="The slug of the only workflow that counts; null for the whole tenant."
    )
    connector: str | None = strawberry.field(description="The only connector that counts; null for all.")
    limit: BigInt = strawberry.field(
        description="The most that the window allows; of COST, in millionths of the currency."
    )
    cost_limit: Decimal | None = strawberry.field(
        description="The limit of COST in the currency; null for other metrics."
    )
    ceiling: BigInt | None = strawberry.field(
        description="The most that the tenant may set, by its plan; null for any limit."
    )
    used: BigInt = strawberry.field(
        description="In the window that is open now; of COST, in millionths of the currency."
    )
    cost_used: Decimal | None = strawberry.field(
        description="What COST has used in the currency; null for other metrics."
    )
    reserved: BigInt = strawberry.field(
        description="What is begun and not counted yet: always 0, because what begins counts as used at once."
    )
    action: BudgetAction = strawberry.field(description="What happens beyond the limit.")
    resets_at: datetime | None = strawberry.field(
        description="The end of the window, when `used` is 0 again; null for ALWAYS."
    )
    forecast: datetime | None = strawberry.field(
        description="When the limit is reached, if the rest of the window is like the part that is over; now, where it is reached. "
        "Null where it is not reached before `resetsAt`."
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
