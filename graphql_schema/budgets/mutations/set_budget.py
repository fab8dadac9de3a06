"""The mutation setBudget: creates or changes a budget."""

from __future__ import annotations

import strawberry

from automate.budgets.services import BudgetSettings, set_budget
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import MANAGE_BUDGETS
from automate.workflows.known_connectors import known_connector
from automate.workflows.queries import workflow_by_slug
from graphql_schema.budgets.inputs import PlanBudgetInput
from graphql_schema.budgets.limits import limit_of
from graphql_schema.budgets.types import Budget, budget_of
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require_budget


@strawberry.input
class SetBudgetInput(PlanBudgetInput):
    workflow: str | None = strawberry.field(
        default=None, description="The slug of a workflow, to count only this workflow. Null counts the whole tenant."
    )
    connector: str | None = strawberry.field(
        default=None,
        description="A connector, to count only its calls. Only for CALLS and COST. Null counts all connectors.",
    )


@strawberry.type
class SetBudgetPayload(Payload):
    budget: Budget | None = strawberry.field(
        default=None, description="The budget after the change. Null if the change was refused."
    )


@strawberry.type
class SetBudget:
    @mutation(
        MANAGE_BUDGETS,
        "Create or change the budget of a metric, window and workflow or connector. The change takes "
        "effect at once, and held work that now fits continues. Use that was already counted in the "
        "current window still counts. Only owners set budgets of COST (`view_billing`).",
    )
    def set_budget(self, info: Info, input: SetBudgetInput) -> SetBudgetPayload:
        require_budget(info.context.principal, input.metric.value)
        workflow = None
        if input.workflow is not None:
            found = workflow_by_slug(input.workflow)
            if found is None:
                raise NormalizedError(
                    "NOT_FOUND",
                    "This tenant has no workflow with this slug. Check the spelling, or list the slugs with "
                    "`workflows`.",
                    path=["workflow"],
                )
            workflow = found.id, found.slug
        limit = limit_of(input.metric, input.limit, input.cost_limit)
        connector = None if input.connector is None else known_connector(input.connector)
        wanted = BudgetSettings(input.metric.value, input.window.value, limit, input.action.value, workflow, connector)
        return SetBudgetPayload(budget=budget_of(set_budget(wanted)))
