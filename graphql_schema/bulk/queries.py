# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Root fields about bulk operations."""

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
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires, sees_budget
from graphql_schema.planning import planned, selected
from graphql_schema.scalars import BigInt


@strawberry.type(description="Effects that may have happened, and whose steps the retries take again.")
class BulkEffect:
    step: str = strawberry.field(description="The key of the step.")
    connector: str = strawberry.field(description="The connector of the step.")
    effect: EffectClass = strawberry.field(description="What the connector declares about a repeat of the call.")
    consent: bool = strawberry.field(description="Whether such runs are refused unless repeatEffects is true.")
    runs: int = strawberry.field(description="In how many runs the call is repeated.")


@strawberry.type(description="Items that would be refused, by code.")
class BulkRefusal:
    code: str = strawberry.field(description="The code of the error.")
    message: str = strawberry.field(description="Of one of them.")
    items: int = strawberry.field(description="How many items would be refused with this code.")


@strawberry.type(description="What the new runs of a bulk operation would use of a budget.")
class BulkBudget:
    metric: BudgetMetric = strawberry.field(description="What the budget counts.")
    window: BudgetWindow = strawberry.field(description="The time within which it counts.")
    connector: str | None = strawberry.field(description="The only connector that counts; null for all.")
    limit: BigInt = strawberry.field(description="The most that the window allows.")
    used: BigInt = strawberry.field(description="In the window that is open now.")
    would_use: BigInt = strawberry.field(
        description="In one window, in what the budget counts, as the items that were looked at have used."
    )
    fits: bool = strawberry.field(description="Whether the window that is open has room for it.")


@strawberry.type(description="What a bulk operation would do, as things stand.")
class BulkPreview:
    preview_id: str = strawberry.field(
        description="Pass it to startBulkOperation, which then takes what is there now, and no more."
    )
    count: int = strawberry.field(description="Exact up to 10,000; 10,001 means at least that many.")
    looked_at: int = strawberry.field(description="Of how many items, the oldest ones, the rest tells.")
    new_runs: int | None = strawberry.field(
        description="How many runs these would lead to. Null for CANCEL and REDRIVE."
    )
    effects_that_repeat: list[BulkEffect] = strawberry.field(
        description="Of RETRY. Runs that are replayed are new ones: all their effects happen again."
    )
    refusals: list[BulkRefusal] = strawberry.field(description="Items that would be refused, by code.")
    budgets: list[BulkBudget] = strawberry.field(
        description="What all items would use of each budget of the tenant or of a connector, at the default rate. "
        "Budgets of COST are listed for owners alone. Empty for CANCEL and REDRIVE."
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
        extensions=[Requires(START_BULK)], description="What startBulkOperation would do. Changes nothing."
    )
    def preview_bulk_operation(self, info: Info, input: BulkInput) -> BulkPreview:  # noqa: A002 - Relay's word
        shown, preview_id = preview(input.request(info.context.principal, info.context.depth))
        return planned(
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

    @strawberry.field(extensions=[Requires(VIEW_RUNS)], description="Newest first. They are kept for 30 days.")
    def bulk_operations(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[BulkOperation]:
        field, space = selected(info), space_of("bulkOperations")
        page = queries.operations_page(slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, operation_of, queries.count_operations))
