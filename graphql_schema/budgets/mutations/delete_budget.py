"""The mutation deleteBudget."""

from __future__ import annotations

import strawberry

from automate.budgets.queries import budgets_by_id
from automate.budgets.services import delete_budget
from automate.kernel.permissions import MANAGE_BUDGETS
from automate.kernel.tenancy import current_tenant
from graphql_schema.context import Info
from graphql_schema.ids import existing_id, global_id
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require_budget


@strawberry.input
class DeleteBudgetInput:
    id: strawberry.ID = strawberry.field(description="The budget's id.")


@strawberry.type
class DeleteBudgetPayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the budget.")


@strawberry.type
class DeleteBudget:
    @mutation(
        MANAGE_BUDGETS,
        "Delete a budget. Work that it held back continues. A budget with a `ceiling` is not removed, "
        "but set to the limit and action of the plan. Only owners delete budgets of COST "
        "(`view_billing`).",
    )
    def delete_budget(self, info: Info, input: DeleteBudgetInput) -> DeleteBudgetPayload:
        row_id = existing_id(input.id, "Budget", "budget", "budgets", "id")
        found = budgets_by_id(current_tenant().id, [row_id]).get(row_id)
        if found is not None:
            require_budget(info.context.principal, found.metric)
        return DeleteBudgetPayload(deleted_id=strawberry.ID(global_id("Budget", delete_budget(row_id))))
