"""The mutation deletePlan of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires
from tenants.plan_services import delete_plan


@strawberry.input
class DeletePlanInput:
    slug: str = strawberry.field(description="The plan's slug.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the plan has changed since. Null "
        "skips this check.",
    )


@strawberry.type
class DeletePlanPayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the plan.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why the request was refused.")


@strawberry.type
class DeletePlan:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="Delete a plan that no tenant has. The plan `standard` cannot be deleted, because new tenants "
        "get it.",
    )
    @refusals_in(DeletePlanPayload)
    def delete_plan(self, input: DeletePlanInput) -> DeletePlanPayload:  # noqa: A002 - Relay's word
        row_id = delete_plan(input.slug, input.expected_revision)
        return DeletePlanPayload(deleted_id=strawberry.ID(global_id("Plan", row_id)))
