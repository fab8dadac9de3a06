"""Save a workflow's draft, and publish it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from automate.audit import services as audit
from automate.kernel.canonical import checksum
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import Problem
from automate.kernel.revisions import check_revision, write_revision
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_slug, check_text
from automate.kernel.transactions import in_transaction
from automate.vault.backends import secret_exists
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.validation import check_definition


def save_workflow(*, slug: str, name: str, definition: Json, expected_revision: int | None) -> uuid.UUID:
    """Save a draft, made when absent; one that is wrong is saved with its problems. Returns the workflow's id.

    expected_revision: None does not ask. Raises NormalizedError BAD_USER_INPUT or PAYLOAD_TOO_LARGE for a field,
    INVALID_WORKFLOW for what is no object, CONFLICT for a revision that has moved on.
    """
    check_slug(slug)
    check_text(name, path=["name"], most=LIMITS.name_characters)
    if not isinstance(definition, dict):
        raise NormalizedError("INVALID_WORKFLOW", "A definition is a JSON object with its steps.", path=["definition"])
    check_value(definition, max_bytes=LIMITS.workflow_bytes)
    problems = [_as_json(problem) for problem in definition_problems(definition)]
    with in_transaction():
        found = Workflow.objects.filter(slug=slug).first()
        check_revision(found, expected_revision)
        workflow_id = found.id if found else new_id()
        values = {"name": name, "definition": definition, "problems": problems}
        write_revision(Workflow, found, workflow_id, slug, values)
        # The whole definition would fill the record; its checksum tells whether it is the one.
        before = {"name": found.name, "checksum": checksum(found.definition)} if found else {}
        changes = audit.differences(before, {"name": name, "checksum": checksum(definition)})
        audit.record("workflow.update" if found else "workflow.create", "workflow", workflow_id, slug, changes)
    return workflow_id


def publish_workflow(*, slug: str) -> uuid.UUID:
    """Make the draft the version that new events start. Returns the version's id: the current one's where nothing changed.

    Raises NormalizedError NOT_FOUND, or INVALID_WORKFLOW with ``details.problems``.
    """
    with in_transaction():
        workflow = (
            Workflow.objects.select_for_update()
            .filter(slug=check_text(slug, path=["workflow"], most=LIMITS.text_characters))
            .first()
        )
        if workflow is None:
            raise NormalizedError("NOT_FOUND", "There is no workflow of this slug; save it first.", path=["workflow"])
        # Checked anew: connectors and secrets may have come or gone since the draft was saved.
        problems = definition_problems(workflow.definition)
        if problems:
            raise _invalid(problems)
        content = checksum(workflow.definition)
        current = WorkflowVersion.objects.filter(id=workflow.current_version_id).first()
        if current is not None and current.checksum == content:
            unchanged: uuid.UUID = current.id
            return unchanged
        version = _add_version(workflow, content)
        Workflow.objects.filter(id=workflow.id).update(current_version_id=version.id, problems=[], updated_at=Now())
        before = {"number": current.number, "checksum": current.checksum} if current else {}
        changes = audit.differences(before, {"number": version.number, "checksum": content})
        audit.record("workflow.publish", "workflow", workflow.id, slug, changes)
    return version.id


def definition_problems(definition: Json) -> list[Problem]:
    """What a publish would refuse, for the tenant of the running code."""
    return check_definition(definition, import_string(settings.AUTOMATE_CONNECTOR_SPECS)(), secret_exists)


def _add_version(workflow: Workflow, content: str) -> WorkflowVersion:
    """The next number; the caller holds the workflow's lock."""
    last = WorkflowVersion.objects.filter(workflow=workflow).aggregate(last=Max("number"))["last"]
    version = WorkflowVersion(
        workflow=workflow,
        number=(last or 0) + 1,
        definition=workflow.definition,
        checksum=content,
        published_at=Now(),
        published_by=current_principal().name,
    )
    WorkflowVersion.objects.bulk_create([version])
    return version


def _invalid(problems: list[Problem]) -> NormalizedError:
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "INVALID_WORKFLOW",
        f"The draft cannot be published: {first.message}{more}",
        details={"problems": [_as_json(problem) for problem in problems]},
        path=["definition", *first.path],
    )


def _as_json(problem: Problem) -> dict[str, Json]:
    return {"code": problem.code, "message": problem.message, "path": [str(part) for part in problem.path]}
