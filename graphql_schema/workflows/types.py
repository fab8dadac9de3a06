# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Workflow, its draft and its versions."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime
from typing import Any

import strawberry

from automate.workflows.queries import VersionRow, WorkflowRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.ids import global_id
from graphql_schema.planning import taken
from graphql_schema.scalars import JSON


@strawberry.type
class Problem:
    code: str
    message: str
    path: list[str] = strawberry.field(description="Where in the definition, outermost first.")


@strawberry.type(description="The workflow as it was last saved.")
class WorkflowDraft:
    valid: bool = strawberry.field(description="Whether it can be published.")
    problems: list[Problem]
    workflow_id: strawberry.Private[uuid.UUID]
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field
    def definition(self, info: Info) -> JSON:
        return taken(self, info)


@strawberry.type(description="An immutable snapshot of a workflow; runs are pinned to one.")
class WorkflowVersion(Node):
    number: int
    checksum: str = strawberry.field(description="SHA-256, in hex, of the definition's canonical JSON.")
    published_at: datetime
    published_by: str
    row: strawberry.Private[VersionRow]
    joined: strawberry.Private[WorkflowRow | None] = None

    @strawberry.field
    def definition(self, info: Info) -> JSON:
        return taken(self, info)

    @strawberry.field
    def workflow(self, info: Info) -> Workflow:
        return taken(self, info)


@strawberry.type(description="What is done when a rule matches, or when somebody runs it.")
class Workflow(Node):
    slug: str
    name: str
    enabled: bool = strawberry.field(description="Whether new events start it at all.")
    paused_at: datetime | None = strawberry.field(description="Since when its runs wait; null while they do not.")
    revision: int = strawberry.field(description="Pass it as expectedRevision to save over what you have seen.")
    draft: WorkflowDraft
    created_at: datetime
    updated_at: datetime
    row: strawberry.Private[WorkflowRow]

    @strawberry.field
    def current_version(self, info: Info) -> WorkflowVersion | None:
        return taken(self, info)

    @strawberry.field
    def versions(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[WorkflowVersion]:
        return taken(self, info)


def workflow_of(row: WorkflowRow) -> Workflow:
    problems = [
        Problem(code=problem["code"], message=problem["message"], path=[str(part) for part in problem["path"]])
        for problem in row.problems
    ]
    return Workflow(
        id=strawberry.ID(global_id("Workflow", row.id)),
        slug=row.slug,
        name=row.name,
        enabled=row.enabled,
        paused_at=row.paused_at,
        revision=row.revision,
        draft=WorkflowDraft(valid=not problems, problems=problems, workflow_id=row.id),
        created_at=row.created_at,
        updated_at=row.updated_at,
        row=row,
    )


def version_of(row: VersionRow, workflow: WorkflowRow | None = None) -> WorkflowVersion:
    """workflow: where it was joined."""
    return WorkflowVersion(
        id=strawberry.ID(global_id("WorkflowVersion", row.id)),
        number=row.number,
        checksum=row.checksum,
        published_at=row.published_at,
        published_by=row.published_by,
        row=row,
        joined=workflow,
    )
