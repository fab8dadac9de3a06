"""The types Workflow, WorkflowDraft and WorkflowVersion."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

import strawberry
import strawberry_django

from automate.kernel.json_values import JsonValue, as_text, as_texts
from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.workflows import models
from automate.workflows.queries import WorkflowRow, WorkflowVersionRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier, lazily
from graphql_schema.ids import global_id
from graphql_schema.loaded import Loaded
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.scalars import JSON
from graphql_schema.straight.columns import straight
from graphql_schema.workflows.loaders import (
    StoredWorkflow,
    current_versions,
    draft_definitions,
    version_definitions,
    versions_of_workflows,
    workflows_of_versions,
)
from graphql_schema.workflows.paused_events import PausedEvents
from graphql_schema.workflows.straight import WORKFLOW, WORKFLOW_VERSION


@strawberry.type(description="One problem of a definition.")
class Problem:
    code: str = strawberry.field(description="A stable name from the catalogue of codes.")
    message: str = strawberry.field(description="What is wrong, why, and how to fix it.")
    path: list[str] = strawberry.field(description="The path in the definition, outermost part first.")


@strawberry.type(description="The draft of a workflow: its definition as it was last saved.")
class WorkflowDraft:
    valid: bool = strawberry.field(description="Whether the draft can be published.")
    problems: list[Problem]
    workflow_id: strawberry.Private[uuid.UUID]
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)

    @planned(draft_definitions, VIEW_WORKFLOWS)
    @strawberry.field(description="The definition as it was last saved, valid or not.")
    def definition(self, info: Info) -> JSON:
        return prefetched(self, info)


@straight(WORKFLOW_VERSION)
@strawberry_django.type(
    models.WorkflowVersion, description="An immutable, published version of a workflow. Each run executes one version."
)
class WorkflowVersion(Node):
    number: strawberry.auto
    checksum: strawberry.auto
    published_at: strawberry.auto
    published_by: strawberry.auto
    restores: strawberry.auto
    row: strawberry.Private[WorkflowVersionRow]
    joined: strawberry.Private[WorkflowRow | None] = None

    @planned(version_definitions, VIEW_WORKFLOWS)
    @strawberry_django.field()
    def definition(self, info: Info) -> JSON:
        return prefetched(self, info)

    @planned(workflows_of_versions, VIEW_WORKFLOWS)
    @strawberry_django.field()
    def workflow(self, info: Info) -> Workflow:
        return prefetched(self, info)


@straight(WORKFLOW)
@strawberry_django.type(
    models.Workflow,
    description="A workflow: steps that are executed when a rule matches, or when a person starts them.",
)
class Workflow(Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    paused_at: strawberry.auto
    paused_events: PausedEvents | None = strawberry_django.field(
        only=["paused_at", "skipping_at"],
        description="How events that match during the pause are handled. Null if the workflow is not paused.",
    )
    archived_at: strawberry.auto
    revision: strawberry.auto
    draft: WorkflowDraft = strawberry_django.field(
        only=["problems"], description="The definition as it was last saved."
    )
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[StoredWorkflow]

    @planned(current_versions, VIEW_WORKFLOWS)
    @strawberry_django.field(
        only=["current_version_id"],
        description="The current version. New events start this version. Null before the first publish.",
    )
    def current_version(self, info: Info) -> WorkflowVersion | None:
        return prefetched(self, info)

    @planned(versions_of_workflows, VIEW_WORKFLOWS)
    @nested("The published versions, newest first.")
    def versions(self, info: Info) -> Connection[WorkflowVersion]:
        return prefetched(self, info)


def problem_of(problem: Mapping[str, JsonValue]) -> Problem:
    return Problem(code=as_text(problem["code"]), message=as_text(problem["message"]), path=as_texts(problem["path"]))


def _paused_events(row: StoredWorkflow) -> PausedEvents | None:
    if row.paused_at is None:
        return None
    return PausedEvents.SKIP if row.skipping_at is not None else PausedEvents.WAIT


def _draft(row: StoredWorkflow) -> WorkflowDraft:
    problems = [problem_of(problem) for problem in row.problems]
    return WorkflowDraft(valid=not problems, problems=problems, workflow_id=row.id)


workflow_of = makes(Workflow)(lazily(Workflow, WorkflowRow, paused_events=_paused_events, draft=_draft))
_workflow_version = copier(WorkflowVersion, WorkflowVersionRow, "id", "row", "joined")


@makes(WorkflowVersion)
def version_of(row: WorkflowVersionRow, workflow: WorkflowRow | None = None) -> WorkflowVersion:
    """Convert the row of a version to a WorkflowVersion."""
    return _workflow_version(row, id=strawberry.ID(global_id("WorkflowVersion", row.id)), row=row, joined=workflow)
