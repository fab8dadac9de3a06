"""Reads workflows and their versions."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import QuerySet

from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, counts_under, pages_under, rows_by_id
from automate.kernel.sql import as_set, fetch
from automate.kernel.written import shown
from automate.workflows.definition import RUN_TIMEOUT_SECONDS
from automate.workflows.models import TRIAL, Workflow

# The drafts as they were saved, which may be large.
SHOWN = shown("definition", "written")
SELECT_DRAFTS = f"SELECT id, {SHOWN} FROM workflow WHERE id = ANY(%s)"
SELECT_DRAFT_BYTES = f"SELECT id, octet_length({SHOWN}) FROM workflow WHERE id = ANY(%s)"
# The definitions of versions. They may be large.
SELECT_DEFINITIONS = f"SELECT id, {SHOWN} FROM workflow_version WHERE id = ANY(%s)"
SELECT_DEFINITION_BYTES = f"SELECT id, octet_length({SHOWN}) FROM workflow_version WHERE id = ANY(%s)"


# The version that a workflow starts: its current one, or the one with a number.
SELECT_STARTABLE = """
SELECT m.slug, m.number, w.id, w.enabled, w.archived_at IS NOT NULL, v.id, coalesce(jsonb_array_length(v.definition -> 'steps'), 0),
       coalesce((v.definition ->> 'timeout_seconds')::double precision, %s)
FROM json_to_recordset(%s::json) AS m (slug text, number int)
JOIN workflow w ON w.slug = m.slug
LEFT JOIN workflow_version v
    ON v.workflow_id = w.id AND CASE WHEN m.number IS NULL THEN v.id = w.current_version_id ELSE v.number = m.number AND v.number > 0 END
"""
PUBLISHED = (Condition("v.number > %s", (TRIAL,)),)


@dataclass(frozen=True)
class Startable:
    """A workflow that can start runs."""

    workflow_id: uuid.UUID
    enabled: bool
    archived: bool
    version_id: uuid.UUID | None
    """None if the version does not exist."""
    step_count: int
    timeout_seconds: float
    """Of a run."""


def not_startable(slug: str, number: int | None, found: Startable | None) -> str | None:
    """Return the reason why no run of the workflow can start. Return None if runs can start."""
    if found is None:
        return f"There is no workflow {slug}. Save and publish it, or correct the step."
    if found.version_id is None and number is None:
        return f"The workflow {slug} has no version yet. Publish it."
    if found.version_id is None:
        return f"The workflow {slug} has no version {number}. Correct the number."
    if not found.enabled:
        return f"The workflow {slug} is disabled. Ask the operator of the platform to enable it."
    if found.archived:
        return f"The workflow {slug} is archived. Unarchive it."
    return None


@dataclass(frozen=True)
class WorkflowRow:
    """One workflow."""

    id: uuid.UUID
    slug: str
    name: str
    enabled: bool
    revision: int
    problems: list[dict[str, JsonValue]]
    """``{code, message, path}`` of the errors of a publish."""
    current_version_id: uuid.UUID | None
    created_at: datetime
    updated_at: datetime
    paused_at: datetime | None
    skipping_at: datetime | None
    archived_at: datetime | None


@dataclass(frozen=True)
class WorkflowVersionRow:
    id: uuid.UUID
    workflow_id: uuid.UUID
    number: int
    checksum: str
    published_at: datetime
    published_by: str
    restores: int | None


workflow_row = RowReader(WorkflowRow, "w", problems=orjson.loads)
version_row = RowReader(WorkflowVersionRow, "v")
WORKFLOWS: QuerySet[Workflow] = QuerySet(Workflow).defer("definition", "written")
# Workflows by id or slug.
SELECT_WORKFLOWS = f"SELECT {workflow_row.columns} FROM workflow AS w"
# A page of versions, or some by their ids.
SELECT_VERSIONS = f"SELECT {version_row.columns} FROM workflow_version AS v"


def startable(wanted: Collection[tuple[str, int | None]]) -> dict[tuple[str, int | None], Startable]:
    """Find workflow versions by slug and number. None in place of a number means the current version."""
    rows = as_set([{"slug": slug, "number": number} for slug, number in wanted])
    found = fetch(SELECT_STARTABLE, [RUN_TIMEOUT_SECONDS, rows])
    return {(slug, number): Startable(*columns) for slug, number, *columns in found}


def workflows_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WorkflowRow]:
    return rows_by_id(workflow_row, SELECT_WORKFLOWS + " WHERE w.id = ANY(%s)", ids)


def workflow_by_slug(slug: str) -> WorkflowRow | None:
    rows = fetch(SELECT_WORKFLOWS + " WHERE w.slug = %s", [slug])
    return workflow_row(rows[0]) if rows else None


def versions_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WorkflowVersionRow]:
    return rows_by_id(version_row, SELECT_VERSIONS + " WHERE v.id = ANY(%s)", ids)


def versions_of(workflows: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[WorkflowVersionRow]]:
    """Return one page of published versions for each workflow, newest first."""
    return pages_under(SELECT_VERSIONS, "v.id", "v.workflow_id", workflows, part, version_row, PUBLISHED)


def count_versions_of(workflows: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("workflow_version AS v", "v.workflow_id", workflows, PUBLISHED)


def drafts_of(workflows: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the drafts of workflows as JSON text."""
    return dict(fetch(SELECT_DRAFTS, [list(workflows)]))


def draft_bytes(workflows: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the size of each draft in bytes."""
    return dict(fetch(SELECT_DRAFT_BYTES, [list(set(workflows))]))


def definitions_of(versions: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the definitions of versions as JSON text."""
    return dict(fetch(SELECT_DEFINITIONS, [list(versions)]))


def definition_bytes(versions: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the size of each definition in bytes."""
    return dict(fetch(SELECT_DEFINITION_BYTES, [list(set(versions))]))
