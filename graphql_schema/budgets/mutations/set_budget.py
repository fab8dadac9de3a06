"""The mutation setBudget: creates or changes a budget."""

from __future__ import annotations

from dataclasses import replace

import strawberry

from automate.budgets.services import set_budget
from automate.budgets.settings import BudgetSettings
from automate.events.services import announce_thresholds
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import MANAGE_BUDGETS
from automate.kernel.shapes import read
from automate.workflows.known_connectors import known_connector
from automate.workflows.queries import workflow_by_slug
from graphql_schema.budgets.inputs import SetBudgetInput
from graphql_schema.budgets.types import Budget, budget_of
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require_budget


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
        wanted = read(BudgetSettings, input.stored())
        found = None
        if wanted.workflow is not None:
            found = workflow_by_slug(wanted.workflow)
            if found is None:
                raise NormalizedError(
                    "NOT_FOUND",
                    "This tenant has no workflow with this slug. Check the spelling, or list the slugs with "
                    "`workflows`.",
                    path=["workflow"],
                )
        if wanted.connector is not None:
            wanted = replace(wanted, connector=known_connector(wanted.connector))
        workflow_id = found.id if found is not None else None
        budget = set_budget(wanted, workflow_id, announce=announce_thresholds, only_new=input.only_new)
        return SetBudgetPayload(budget=budget_of(budget))
