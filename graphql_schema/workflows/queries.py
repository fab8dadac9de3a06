"""Queries about workflows."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.workflows import queries
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.filtering import Selection
from graphql_schema.listed import listed, queried
from graphql_schema.lookups import looked_up
from graphql_schema.ordering import WorkflowOrder
from graphql_schema.permissions import Requires
from graphql_schema.workflows.types import Workflow, workflow_of


@strawberry.type
class WorkflowQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_WORKFLOWS)], description="One workflow, by its id or slug; null for an unknown one."
    )
    def workflow(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        slug: str | None = None,
    ) -> Workflow | None:
        return looked_up(info, "Workflow", id, queries.workflows_by_id, workflow_of, slug, queries.workflow_by_slug)

    @listed(VIEW_WORKFLOWS, "The workflows, newest first.")
    def workflows(
        self,
        info: Info,
        archived: bool | None = None,  # noqa: FBT001 - the schema's word
        order: WorkflowOrder | None = None,
    ) -> Connection[Workflow]:
        every = queries.WORKFLOWS
        rows = every if archived is None else every.filter(archived_at__isnull=not archived)
        return queried(info, "workflows", order, Selection(rows, archived), workflow_of)
