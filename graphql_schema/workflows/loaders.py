"""Load related data of many workflows and versions at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.workflows import queries
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.workflows.types import Workflow, WorkflowDraft, WorkflowVersion, version_of, workflow_of

Shown = list[Encoded | NormalizedError | None]


@prefetch(WorkflowDraft, "definition", VIEW_WORKFLOWS)
def draft_definitions(drafts: Sequence[WorkflowDraft], field: Selected) -> Shown:
    return _definitions(field, [draft.workflow_id for draft in drafts], queries.draft_bytes, queries.drafts_of)


@prefetch(WorkflowVersion, "definition", VIEW_WORKFLOWS)
def version_definitions(versions: Sequence[WorkflowVersion], field: Selected) -> Shown:
    ids = [version.row.id for version in versions]
    return _definitions(field, ids, queries.definition_bytes, queries.definitions_of)


def _definitions(
    field: Selected,
    ids: list[uuid.UUID],
    sizes_of: Callable[[list[uuid.UUID]], dict[uuid.UUID, int]],
    texts_of: Callable[[list[uuid.UUID]], dict[uuid.UUID, str]],
) -> Shown:
    sizes = sizes_of(ids)
    return field.plan.payload_bytes.show(
        ids,
        [sizes[row_id] for row_id in ids],
        lambda wanted: {row_id: Encoded(text.encode()) for row_id, text in texts_of(wanted).items()},
    )


@prefetch(WorkflowVersion, "workflow", VIEW_WORKFLOWS)
def workflows_of_versions(versions: Sequence[WorkflowVersion], _field: Selected) -> list[Workflow]:
    missing = {version.row.workflow_id for version in versions if version.joined is None}
    found = queries.workflows_by_id(sorted(missing)) if missing else {}
    return [workflow_of(version.joined or found[version.row.workflow_id]) for version in versions]


@prefetch(Workflow, "currentVersion", VIEW_WORKFLOWS)
def current_versions(workflows: Sequence[Workflow], _field: Selected) -> list[WorkflowVersion | None]:
    return objects_of([workflow.row.current_version_id for workflow in workflows], queries.versions_by_id, version_of)


@prefetch(Workflow, "versions", VIEW_WORKFLOWS)
def versions_of_workflows(workflows: Sequence[Workflow], field: Selected) -> list[Connection[WorkflowVersion]]:
    return connections_under(
        field,
        "Workflow.versions",
        [workflow.row.id for workflow in workflows],
        queries.versions_of,
        version_of,
        queries.count_versions_of,
    )
