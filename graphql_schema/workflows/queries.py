# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Queries about workflows."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.workflows import queries
from graphql_schema.connections import Connection, connection_of
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.ordering import WorkflowOrder, listing
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
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
        row = None
        if id is not None:
            row_id = row_id_of(id, "Workflow")
            row = queries.workflows_by_id([row_id]).get(row_id) if row_id is not None else None
        elif slug is not None:
            row = queries.workflow_by_slug(slug)
        return planned(info, workflow_of(row) if row is not None else None)

    @strawberry.field(extensions=[Requires(VIEW_WORKFLOWS)], description="The workflows, newest first.")
    def workflows(  # noqa: PLR0917 - Relay's arguments
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        archived: bool | None = None,  # noqa: FBT001 - the schema's word
        order: WorkflowOrder | None = None,
    ) -> Connection[Workflow]:
        field = selected(info)
        listed = listing("workflows", field.arguments, order, archived)
        page = queries.workflows_page(listed.part, archived)
        count = partial(queries.count_workflows, archived)
        return planned(info, connection_of(field, listed.space, page, workflow_of, count, listed.seal))
