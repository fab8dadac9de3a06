"""Saves, publishes, rolls back, archives and deletes workflows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import orjson
from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from automate.audit import services as audit
from automate.heavy.services import compute_sized, size_of
from automate.kernel.canonical import checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import Problem, no_such
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_slug, check_text
from automate.kernel.transactions import in_transaction, only_tried, require_transaction
from automate.kernel.written import rewritten, text_of
from automate.workflows.beforehand import CheckedDefinition, checked_draft, checked_version, problems_of
from automate.workflows.checking import problems_in
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.drafts import DefinitionPath
from automate.workflows.models import TRIAL, Workflow, WorkflowVersion
from automate.workflows.named_secrets import keep_secrets, names_secrets, secrets_for
from automate.workflows.queries import definitions_of
from automate.workflows.secret_warnings import anywhere_warnings
from automate.workflows.transitions import keep_trials, keep_workflow


def save_workflow(*, slug: str, name: str, definition: JsonValue, expected_revision: int | None) -> uuid.UUID:
    """Save a draft and return the workflow's id. A draft can be invalid.

    Raises BAD_USER_INPUT or PAYLOAD_TOO_LARGE for an invalid field. Raises INVALID_WORKFLOW for a definition that is
    not an object. Raises CONFLICT if the revision differs or the workflow is archived.
    """
    check_slug(slug)
    check_text(name, path=["name"], most=LIMITS.name_characters)
    checked = problems_of_draft(slug, definition)
    with in_transaction():
        return write_draft(slug, name, as_object(definition), checked, expected_revision)


def problems_of_draft(slug: str | None, definition: JsonValue) -> list[Problem]:
    """Return the problems that prevent publishing a definition. ``slug`` is None if the workflow is not known.

    Raises INVALID_WORKFLOW if the definition is not an object. Raises PAYLOAD_TOO_LARGE if the definition is too large.
    Raises other codes if the definition cannot be stored.
    """
    if not isinstance(definition, dict):
        raise NormalizedError(
            "INVALID_WORKFLOW", "A definition must be a JSON object with `steps`.", path=["definition"]
        )
    check_value(definition, max_bytes=LIMITS.workflow_bytes)
    return definition_problems(slug, definition)


def write_draft(
    slug: str,
    name: str,
    definition: Mapping[str, JsonValue],
    problems: Sequence[Problem],
    expected_revision: int | None,
) -> uuid.UUID:
    """Save a checked draft. Raises CONFLICT if the revision differs or the workflow is archived."""
    # Requires a transaction.
    require_transaction()
    # Archiving waits for this lock, or has finished. Matching does not wait.
    found = Workflow.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if found is not None and found.archived_at is not None:
        raise NormalizedError(
            "CONFLICT",
            "The workflow with this slug is archived. Restore it with unarchiveWorkflow before you save it, or choose another slug.",
            path=["slug"],
        )
    check_revision(found, expected_revision)
    workflow_id = found.id if found else new_id()
    values = {
        "name": name,
        "definition": definition,
        "written": text_of({**definition}),
        "problems": [problem_json(problem) for problem in problems],
    }
    # The whole definition would fill the record; its checksum identifies it.
    before = {"name": found.name, "checksum": checksum(found.definition)} if found else {}
    changes = audit.differences(before, {"name": name, "checksum": checksum(definition)})
    if found and not changes:
        changes = {**rewritten(found.definition, found.written, {**definition})}
    if found and not changes and found.problems == values["problems"]:
        return workflow_id
    write_revision(Workflow, found, workflow_id, slug, values)
    audit.record("workflow.update" if found else "workflow.create", "workflow", workflow_id, slug, changes)
    return workflow_id


def publish_workflow(*, slug: str, expected_revision: int | None = None) -> uuid.UUID:
    """Publish the draft and return the id of the version. An unchanged draft creates no version.

    Raises NOT_FOUND for an unknown workflow. Raises CONFLICT if the revision differs or the workflow is archived.
    Raises INVALID_WORKFLOW with ``details.problems``.
    """
    check_text(slug, path=["workflow"], most=LIMITS.text_characters)
    before = checked_draft(slug, definition_problems)
    with in_transaction():
        version_id: uuid.UUID = publish_draft(slug, expected_revision, before=before).id
    return version_id


def publish_draft(
    slug: str,
    expected_revision: int | None = None,
    *,
    just_saved: bool = False,
    before: CheckedDefinition | None = None,
) -> WorkflowVersion:
    """Publish the draft within the caller's transaction."""
    require_transaction()
    workflow = locked_workflow(slug)
    check_revision(workflow, expected_revision)
    refuse_archived(workflow)
    keep_secrets(workflow.definition)
    # Check again: connectors and secrets may have changed since the draft was saved.
    known = (
        [Problem(one["code"], one["message"], tuple(one["path"])) for one in workflow.problems]
        if just_saved and not names_secrets(workflow.definition)
        else None
    )
    problems = problems_of(slug, workflow.definition, definition_problems, before) if known is None else known
    refuse_problems(problems, "The draft cannot be published")
    content = checksum(workflow.definition)
    current = _current(workflow)
    if current is not None and current.checksum == content:
        return current
    version = _add_version(workflow, workflow, content)
    Workflow.objects.filter(id=workflow.id).update(current_version_id=version.id, problems=[], updated_at=Now())
    audit.record("workflow.publish", "workflow", workflow.id, slug, _moved(current, version))
    return version


def roll_back_workflow(*, slug: str, number: int, expected_revision: int | None = None) -> tuple[uuid.UUID, bool]:
    """Publish an earlier version again. If nothing changes, no version is created.

    Returns the version's id, and whether the draft was kept. A draft with unpublished changes is kept.
    Raises NOT_FOUND, CONFLICT, INVALID_WORKFLOW.
    """
    check_text(slug, path=["workflow"], most=LIMITS.text_characters)
    before = checked_version(slug, number, definition_problems)
    with in_transaction():
        workflow = locked_workflow(slug)
        check_revision(workflow, expected_revision)
        refuse_archived(workflow)
        wanted = WorkflowVersion.objects.filter(workflow=workflow, number=number, number__gt=TRIAL).first()
        if wanted is None:
            message = f"This workflow has no version {number}. The field `versions` lists the existing versions."
            raise NormalizedError("NOT_FOUND", message, path=["version"])
        current = _current(workflow)
        draft = checksum(workflow.definition)
        kept = (
            draft != wanted.checksum
            and not WorkflowVersion.objects.filter(workflow=workflow, number__gt=TRIAL, checksum=draft).exists()
        )
        replaced = draft != wanted.checksum and not kept
        version = current if current is not None and current.checksum == wanted.checksum else None
        if version is not None and not replaced:
            return version.id, kept
        keep_secrets(wanted.definition)
        problems = problems_of(slug, wanted.definition, definition_problems, before)
        if version is None:
            refuse_problems(problems, f"Version {number} can no longer be published")
            version = _add_version(workflow, wanted, wanted.checksum, restores=number)
        if replaced:
            taken = {
                "definition": wanted.definition,
                "written": wanted.written,
                "problems": [problem_json(problem) for problem in problems],
            }
            write_revision(Workflow, workflow, workflow.id, slug, taken)
        Workflow.objects.filter(id=workflow.id).update(current_version_id=version.id, updated_at=Now())
        changes = {**_moved(current, version), "restores": (None, number), "draft_kept": (None, kept)}
        audit.record("workflow.roll_back", "workflow", workflow.id, slug, changes)
    return version.id, kept


def archive_workflow(slug: str, *, reason: str) -> uuid.UUID:
    """Archive a workflow and return its id. A repeated call changes nothing.

    Events no longer start runs of the workflow. Open runs continue. Raises NOT_FOUND for an unknown workflow.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    with in_transaction():
        workflow = locked_workflow(slug, alone=True)
        if workflow.archived_at is None:
            Workflow.objects.filter(id=workflow.id).update(archived_at=Now())
            changes = {"archived": (False, True), "reason": (None, reason)}
            audit.record("workflow.archive", "workflow", workflow.id, slug, changes)
    return workflow.id


def unarchive_workflow(slug: str) -> uuid.UUID:
    """Restore an archived workflow unchanged and return its id. A repeated call changes nothing.

    Raises NOT_FOUND for an unknown workflow.
    """
    with in_transaction():
        workflow = locked_workflow(slug)
        if workflow.archived_at is not None:
            Workflow.objects.filter(id=workflow.id).update(archived_at=None)
            audit.record("workflow.unarchive", "workflow", workflow.id, slug, {"archived": (True, False)})
    return workflow.id


def delete_workflow(slug: str, *, expected_revision: int | None) -> uuid.UUID:
    """Delete a workflow that was never published. Returns the id of the deleted workflow.

    Raises NOT_FOUND for an unknown workflow. Raises CONFLICT if the revision differs, if the workflow has a version, or
    if a rule starts it.
    """
    with in_transaction():
        workflow = locked_workflow(slug, alone=True)
        check_revision(workflow, expected_revision, DELETE_IT)
        number = WorkflowVersion.objects.filter(workflow=workflow).aggregate(last=Max("number"))["last"]
        if number is not None:
            how = "was tested for real" if number == TRIAL else "was published"
            message = f"This workflow {how} and cannot be deleted, because its runs stay on record. Archive the workflow with archiveWorkflow."
            raise NormalizedError("CONFLICT", message, path=["workflow"])
        _refuse_pointed_at(workflow)
        Workflow.objects.filter(id=workflow.id).delete()
        before = {"name": workflow.name, "checksum": checksum(workflow.definition)}
        audit.record("workflow.delete", "workflow", workflow.id, slug, {k: (v, None) for k, v in before.items()})
    return workflow.id


def locked_workflow(slug: str, *, alone: bool = False) -> Workflow:
    """Lock a workflow, so that no other request changes it before the transaction ends.

    Raises NOT_FOUND for an unknown workflow.
    """
    # With `alone`, the lock waits for transactions that start a run, and no new run starts.
    require_transaction()
    check_text(slug, path=["workflow"], most=LIMITS.text_characters)
    workflow = Workflow.objects.select_for_update(no_key=not alone or only_tried()).filter(slug=slug).first()
    if workflow is None:
        raise NormalizedError(
            "NOT_FOUND", "No workflow has this slug. Save a workflow with this slug first.", path=["workflow"]
        )
    found: Workflow = workflow
    return found


def refuse_archived(workflow: Workflow) -> None:
    """Raise CONFLICT for an archived workflow."""
    if workflow.archived_at is not None:
        raise NormalizedError("CONFLICT", "This workflow is archived. Unarchive it first.", path=["workflow"])


def trial_version(workflow_id: uuid.UUID, definition: Mapping[str, JsonValue]) -> uuid.UUID:
    """Create a version for live tests and return its id. Requires a transaction.

    Raises NOT_FOUND if the workflow has been deleted meanwhile, and INVALID_WORKFLOW if one of its secrets has been
    deleted.
    """
    keep_trials()
    if not keep_workflow(workflow_id):
        raise no_such("workflow", "slug", "workflows", "workflow")
    keep_secrets({**definition})
    if names_secrets({**definition}):
        refuse_problems(definition_problems(None, {**definition}), "The draft cannot be live-tested")
    content = checksum(definition)
    trial = WorkflowVersion(
        workflow_id=workflow_id,
        number=TRIAL,
        definition=definition,
        written=text_of({**definition}),
        checksum=content,
        published_at=Now(),
        published_by=current_principal().name,
    )
    WorkflowVersion.objects.bulk_create([trial], ignore_conflicts=True)
    found: uuid.UUID = WorkflowVersion.objects.values_list("id", flat=True).get(
        workflow_id=workflow_id, number=TRIAL, checksum=content
    )
    return found


def definition_problems(slug: str | None, definition: JsonValue) -> list[Problem]:
    """Return the problems that prevent the publication of a definition. ``slug`` is None for an unknown workflow."""
    return compute_sized(
        size_of(definition), problems_in, settings.AUTOMATE_CONNECTOR_SPECS, slug, definition, secrets_for(definition)
    )


def publish_warnings(version_id: uuid.UUID) -> list[tuple[str, list[str]]]:
    """Return the warnings about a published version. Each warning has a sentence and a path in the definition."""
    return definition_warnings(orjson.loads(definitions_of([version_id])[version_id]))


def definition_warnings(definition: JsonValue) -> list[tuple[str, list[str]]]:
    """Return the warnings about a definition. Each warning has a sentence and a path in the definition."""
    return [(message, [str(part) for part in place]) for message, place in open_secrets(definition).values()]


def open_secrets(definition: JsonValue) -> dict[str, tuple[str, DefinitionPath]]:
    return anywhere_warnings(definition, connector_specs(), secrets_for(definition).rules)


def connector_specs() -> Mapping[str, ConnectorSpec]:
    """Return the declarations of all connectors, by name."""
    specs: Mapping[str, ConnectorSpec] = import_string(settings.AUTOMATE_CONNECTOR_SPECS)()
    return specs


def refuse_problems(problems: Sequence[Problem], what: str) -> None:
    """Raise INVALID_WORKFLOW if there are problems. The error lists all problems."""
    if not problems:
        return
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    raise NormalizedError(
        "INVALID_WORKFLOW",
        f"{what}: {first.message}{more}",
        details={"problems": [problem_json(problem) for problem in problems]},
        path=["definition", *first.path],
    )


def problem_json(problem: Problem) -> dict[str, JsonValue]:
    return {"code": problem.code, "message": problem.message, "path": [str(part) for part in problem.path]}


def _add_version(
    workflow: Workflow, source: Workflow | WorkflowVersion, content: str, *, restores: int | None = None
) -> WorkflowVersion:
    # The caller holds the workflow's lock.
    last = (
        WorkflowVersion.objects.filter(workflow=workflow).order_by("-number").values_list("number", flat=True).first()
    )
    version = WorkflowVersion(
        workflow=workflow,
        number=(last or 0) + 1,
        definition=source.definition,
        written=source.written,
        checksum=content,
        published_at=Now(),
        published_by=current_principal().name,
        restores=restores,
    )
    WorkflowVersion.objects.bulk_create([version])
    return version


def _current(workflow: Workflow) -> WorkflowVersion | None:
    if workflow.current_version_id is None:
        return None
    found: WorkflowVersion | None = WorkflowVersion.objects.filter(id=workflow.current_version_id).first()
    return found


def _refuse_pointed_at(workflow: Workflow) -> None:
    named = Workflow.objects.filter(id=workflow.id, rules__isnull=False).order_by("rules__slug")
    slugs = list(named.values_list("rules__slug", flat=True)[: LIMITS.page_size + 1])
    if slugs:
        shown = ", ".join(slugs[: LIMITS.page_size]) + (" and more" if len(slugs) > LIMITS.page_size else "")
        message = f"Rules start this workflow: {shown}. Delete the rules with deleteRule, or let the rules start another workflow."
        raise NormalizedError("CONFLICT", message, path=["workflow"])


def _moved(current: WorkflowVersion | None, version: WorkflowVersion) -> audit.Changes:
    before = {"number": current.number, "checksum": current.checksum} if current else {}
    return audit.differences(before, {"number": version.number, "checksum": version.checksum})
