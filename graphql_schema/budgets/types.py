"""Budget: a limit that the runtime enforces for a tenant."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from automate.budgets import models
from automate.budgets.queries import BudgetRow
from graphql_schema.connections import Node
from graphql_schema.ids import global_id
from graphql_schema.scalars import BigInt


@strawberry.enum(
    description="EVENTS: events that senders bring, by webhook, ingestEvent or ingestEvents; not those that the platform makes. "
    "RUNS: runs that begin. CONCURRENT_RUNS: runs that work at the same time; a run that waits is none of them."
)
class BudgetMetric(Enum):
    EVENTS = models.EVENTS
    RUNS = models.RUNS
    CONCURRENT_RUNS = models.CONCURRENT_RUNS


@strawberry.enum(
    description="The time within which a budget counts. Days and months begin in the tenant's time zone. "
    "ALWAYS: for what is held at the same time."
)
class BudgetWindow(Enum):
    MINUTE = models.MINUTE
    HOUR = models.HOUR
    DAY = models.DAY
    MONTH = models.MONTH
    ALWAYS = models.ALWAYS


@strawberry.enum(
    description="What happens beyond the limit. THROTTLE: work waits until there is room. REJECT: work fails with BUDGET_EXCEEDED. "
    "ALERT: work goes on. With each action, 80 % and 100 % of the limit make an event `budget.threshold`."
)
class BudgetAction(Enum):
    THROTTLE = models.THROTTLE
    REJECT = models.REJECT
    ALERT = models.ALERT


@strawberry.type(description="A limit that the runtime enforces for the tenant.")
class Budget(Node):
    metric: BudgetMetric = strawberry.field(description="What it counts.")
    window: BudgetWindow = strawberry.field(description="The time within which it counts.")
    workflow: str | None = strawberry.field(
        description="The slug of the only workflow that counts; null for the whole tenant."
    )
    limit: BigInt = strawberry.field(description="The most that the window allows.")
    ceiling: BigInt | None = strawberry.field(
        description="The most that the tenant may set, by its plan; null for any limit."
    )
    used: BigInt = strawberry.field(description="In the window that is open now.")
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


def budget_of(row: BudgetRow) -> Budget:
    return Budget(
        id=strawberry.ID(global_id("Budget", row.id)),
        metric=BudgetMetric(row.metric),
        window=BudgetWindow(row.window),
        workflow=row.workflow or None,
        limit=BigInt(row.limit),
        ceiling=None if row.ceiling is None else BigInt(row.ceiling),
        used=BigInt(row.used),
        reserved=BigInt(0),
        action=BudgetAction(row.action),
        resets_at=row.resets_at,
        forecast=row.forecast,
    )
