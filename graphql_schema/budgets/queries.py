"""Queries about budgets."""

from __future__ import annotations

import strawberry

from automate.budgets.queries import budgets_of
from automate.kernel.permissions import VIEW_BUDGETS
from automate.kernel.tenancy import current_tenant
from graphql_schema.budgets.types import Budget, budget_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires, sees_budget
from graphql_schema.planning import load_selection


@strawberry.type
class BudgetQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_BUDGETS)],
        description="All budgets of the tenant with their use, sorted by metric, workflow and window. Only owners "
        "see budgets of COST (`view_billing`).",
    )
    def budgets(self, info: Info) -> list[Budget]:
        caller = info.context.principal
        rows = [row for row in budgets_of(current_tenant().id) if sees_budget(caller, row.metric)]
        return load_selection(info, [budget_of(row) for row in rows])
