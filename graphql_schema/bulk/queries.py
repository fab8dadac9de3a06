"""Queries about bulk operations."""

from __future__ import annotations

import strawberry

from automate.budgets.choices import BudgetMetric, BudgetWindow
from automate.kernel.permissions import START_BULK, VIEW_RUNS
from automate.recovery.bulk import queries
from automate.recovery.bulk.previews import RepeatedEffects
from automate.recovery.bulk.services import preview
from automate.runs.choices import EffectClass
from automate.runs.outlook.budgets import Outlook
from graphql_schema.bulk.inputs import BulkInput
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.permissions import Requires, sees_budget
from graphql_schema.planning import load_selection
from graphql_schema.scalars import BigInt


@strawberry.type(
    description="A step's call that would be sent again, although the call may already have had its effect."
)
class BulkEffect:
    step: str = strawberry.field(description="The key of the step.")
    connector: str = strawberry.field(description="The connector of the step.")
    effect: EffectClass = strawberry.field(description="The connector's declaration about repeated calls.")
    consent: bool = strawberry.field(
        description="Whether runs with this effect are refused unless `repeatEffects` is true."
    )
    runs: int = strawberry.field(description="The number of runs that repeat the call.")


@strawberry.type(description="The items that would be refused for one reason.")
class BulkRefusal:
    code: str = strawberry.field(description="The code of the error.")
    message: str = strawberry.field(description="The message of the error for one of these items.")
    items: int = strawberry.field(description="The number of items that would be refused with this code.")


@strawberry.type(description="How much of a budget the new runs of a bulk operation would use.")
class BulkBudget:
    metric: BudgetMetric = strawberry.field(description="The metric that the budget counts.")
    window: BudgetWindow = strawberry.field(description="The period after which the count starts again.")
    connector: str | None = strawberry.field(
        description="The connector that the budget counts. Null if it counts all connectors."
    )
    limit: BigInt = strawberry.field(description="The limit of the budget in one window.")
    used: BigInt = strawberry.field(description="The use in the current window.")
    would_use: BigInt = strawberry.field(
        description="The estimated use in one window. The estimate is based on what the examined items used before."
    )
    fits: bool = strawberry.field(description="Whether the estimated use fits into the current window.")


@strawberry.type(description="What a bulk operation would do if it was started now.")
class BulkPreview:
    preview_id: str = strawberry.field(
        description="The id of the preview. Pass it to startBulkOperation, so that the operation skips newer items."
    )
    count: int = strawberry.field(
        description="The number of matching items: exact up to 10,000; 10,001 means at least that many."
    )
    looked_at: int = strawberry.field(
        description="The number of examined items. They are the oldest items. The other fields are based on these items."
    )
    new_runs: int | None = strawberry.field(
        description="The number of new runs for the examined items. Null for CANCEL and REDRIVE."
    )
    effects_that_repeat: list[BulkEffect] = strawberry.field(
        description="The effects that RETRY would repeat. Empty for other kinds. A REPLAY starts new runs, so all "
        "effects happen again."
    )
    refusals: list[BulkRefusal] = strawberry.field(description="The items that would be refused for one reason.")
    budgets: list[BulkBudget] = strawberry.field(
        description="For each budget of the tenant or of a connector, how much all items would use at the default "
        "rate. Only owners see budgets of COST. Empty for CANCEL and REDRIVE."
    )


def _bulk_budget(one: Outlook) -> BulkBudget:
    budget = one.budget
    return BulkBudget(
        metric=BudgetMetric(budget.metric),
        window=BudgetWindow(budget.window),
        connector=budget.connector,
        limit=BigInt(budget.limit),
        used=BigInt(budget.used),
        would_use=BigInt(one.would_use),
        fits=one.fits,
    )


def _effects(found: RepeatedEffects) -> BulkEffect:
    return BulkEffect(
        step=found.step,
        connector=found.connector,
        effect=EffectClass(found.effect),
        consent=found.consent,
        runs=found.runs,
    )


@strawberry.type
class BulkQueries:
    @strawberry.field(
        extensions=[Requires(START_BULK)], description="Show what startBulkOperation would do. Nothing is changed."
    )
    def preview_bulk_operation(self, info: Info, input: BulkInput) -> BulkPreview:
        shown, preview_id = preview(input.request(info.context.principal, info.context.depth))
        return load_selection(
            info,
            BulkPreview(
                preview_id=preview_id,
                count=shown.count,
                looked_at=shown.looked_at,
                new_runs=shown.new_runs,
                effects_that_repeat=[_effects(effects) for effects in shown.effects],
                refusals=[BulkRefusal(**vars(refused)) for refused in shown.refused],
                budgets=[
                    _bulk_budget(one) for one in shown.budgets if sees_budget(info.context.principal, one.budget.metric)
                ],
            ),
        )

    @listed(VIEW_RUNS, "The bulk operations, newest first. They are stored for 30 days.")
    def bulk_operations(self, info: Info) -> Connection[BulkOperation]:
        return paged(info, "bulkOperations", queries.operations_page, operation_of, queries.count_operations)
