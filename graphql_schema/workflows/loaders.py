"""Load related data of many workflows and versions at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.workflows import queries
from automate.workflows.models import Workflow
from automate.workflows.queries import WorkflowRow, WorkflowVersionRow
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.planning import Of, Selected

StoredWorkflow = WorkflowRow | Workflow
"""A workflow that SQL or a queryset has read."""
Texts = list[Encoded | NormalizedError | None]


class _Draft(Protocol):
    workflow_id: uuid.UUID


class _Version(Of[WorkflowVersionRow], Protocol):
    joined: WorkflowRow | None


def draft_definitions(drafts: Sequence[_Draft], field: Selected) -> Texts:
    return _definitions(field, [draft.workflow_id for draft in drafts], queries.draft_bytes, queries.drafts_of)


def version_definitions(versions: Sequence[Of[WorkflowVersionRow]], field: Selected) -> Texts:
    ids = [version.row.id for version in versions]
    return _definitions(field, ids, queries.definition_bytes, queries.definitions_of)


def _definitions(
    field: Selected,
    ids: list[uuid.UUID],
    sizes_of: Callable[[list[uuid.UUID]], dict[uuid.UUID, int]],
    texts_of: Callable[[list[uuid.UUID]], dict[uuid.UUID, str]],
) -> Texts:
    sizes = sizes_of(ids)
    return field.plan.payload_bytes.show(
        ids,
        [sizes[row_id] for row_id in ids],
        lambda wanted: {row_id: Encoded(text.encode()) for row_id, text in texts_of(wanted).items()},
    )


def workflows_of_versions(versions: Sequence[_Version], field: Selected) -> list[object]:
    missing = {version.row.workflow_id for version in versions if version.joined is None}
    found = queries.workflows_by_id(sorted(missing)) if missing else {}
    return [field.make(version.joined or found[version.row.workflow_id]) for version in versions]


def current_versions(workflows: Sequence[Of[StoredWorkflow]], field: Selected) -> list[object]:
    return objects_of([workflow.row.current_version_id for workflow in workflows], queries.versions_by_id, field.make)


def versions_of_workflows(workflows: Sequence[Of[StoredWorkflow]], field: Selected) -> list[Connection[object]]:
    return connections_under(
        field,
        "Workflow.versions",
        [workflow.row.id for workflow in workflows],
        queries.versions_of,
        field.make,
        queries.count_versions_of,
    )
