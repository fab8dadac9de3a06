"""Compares two versions of a workflow, or a version with the draft."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from automate.heavy.services import compute_sized, size_of
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.text import check_text
from automate.kernel.written import as_written
from automate.workflows.diffing import DefinitionDifference, difference
from automate.workflows.models import TRIAL, Workflow, WorkflowVersion


@dataclass(frozen=True)
class Compared:
    """The compared definitions."""

    before: uuid.UUID | None
    """The id of the version; None before the first publish."""
    after: uuid.UUID | None
    """The id of the version; None for the draft."""
    difference: DefinitionDifference


def compare(slug: str, before: int | None, after: int | None) -> Compared:
    """Compare two versions of a workflow, or a version with the draft.

    ``before=None`` means the current version. ``after=None`` means the draft.

    Raises NOT_FOUND.
    """
    check_text(slug, path=["workflow"], most=LIMITS.text_characters)
    workflow = Workflow.objects.filter(slug=slug).first()
    if workflow is None:
        raise no_such("workflow", "slug", "workflows", "workflow")
    versions = WorkflowVersion.objects.filter(workflow=workflow)
    old = (
        versions.filter(id=workflow.current_version_id).first()
        if before is None
        else _version(workflow, before, "from")
    )
    new = None if after is None else _version(workflow, after, "to")
    earlier = as_written(old.definition, old.written) if old is not None else {}
    target = new if new is not None else workflow
    later = as_written(target.definition, target.written)
    differs = compute_sized(size_of([earlier, later]), difference, earlier, later)
    return Compared(old.id if old else None, new.id if new else None, differs)


def _version(workflow: Workflow, number: int, name: str) -> WorkflowVersion:
    found: WorkflowVersion | None = WorkflowVersion.objects.filter(
        workflow=workflow, number=number, number__gt=TRIAL
    ).first()
    if found is None:
        message = f"This workflow has no version {number}. `versions` lists them."
        raise NormalizedError("NOT_FOUND", message, path=[name])
    return found
