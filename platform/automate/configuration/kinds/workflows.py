"""Workflows in a configuration: the published version, and the draft if it differs from the published version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Q

from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, as_sent
from automate.configuration.shape import Entry
from automate.endpoints.noticing import SLACK_WORKFLOW, WEBHOOK_WORKFLOW
from automate.endpoints.resending import RESEND_WORKFLOW
from automate.kernel.canonical import canonical_json, checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_text
from automate.kernel.written import as_written
from automate.workflows.diffing import ChangedValue, difference
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.services import (
    archive_workflow,
    definition_warnings,
    publish_draft,
    save_workflow,
    unarchive_workflow,
)

OURS = frozenset({RESEND_WORKFLOW, SLACK_WORKFLOW, WEBHOOK_WORKFLOW})
"""Workflows that the platform creates automatically."""
WHY = "configuration applied"

_ORDER = ("schema", "timeout_seconds", "queue_timeout_seconds", "concurrency", "steps")
_STEP_ORDER = ("key", "uses", "needs", "if", "with", "retry", "timeout_seconds", "on_failure", "compensate")


class Workflows(ObjectKind):
    name, section, model, locks = "workflow", "workflows", Workflow, True
    marks = ("id", "revision", "current_version_id", "archived_at")
    listed, enabled = ~Q(slug__in=OURS), Q(archived_at__isnull=True)

    def known(self, rows: Sequence[Workflow]) -> list[StoredEntry]:
        current = [row.current_version_id for row in rows if row.current_version_id is not None]
        versions = {version.id: version for version in WorkflowVersion.objects.filter(id__in=current)}
        return [
            StoredEntry(
                _entry(row, versions.get(row.current_version_id)), row.revision, away=row.archived_at is not None
            )
            for row in rows
        ]

    def whole(self, entry: Entry) -> Entry:
        return {"published": True, **entry}

    def places(self, known: StoredEntry, wanted: Entry) -> list[ChangedValue]:
        archived = [ChangedValue(("archived",), before=True, after=False)] if known.away else []
        return [*archived, *_places(self.whole(known.entry), self.whole(wanted))]

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        """Save a workflow. Raises BAD_USER_INPUT if the slug belongs to a workflow of the platform."""
        slug, name = as_text(entry["slug"]), as_text(entry["name"])
        if slug in OURS:
            message = f"{slug} is a workflow of the platform. Choose another slug."
            raise NormalizedError("BAD_USER_INPUT", message, path=["slug"])
        if known is not None and known.away:
            unarchive_workflow(slug=slug)
        revision = known.revision if known else None
        standing = self.whole(known.entry) if known else {"name": None, "published": False}
        version: int | None = None
        saved = standing.get("draft", standing.get("definition"))
        wanted, draft = self.whole(entry), entry.get("draft", entry["definition"])
        if wanted["published"] and not (standing["published"] and _same(standing["definition"], entry["definition"])):
            unsaved = known is None or not _same(saved, entry["definition"])
            if unsaved:
                save_workflow(slug=slug, name=name, definition=entry["definition"], expected_revision=revision)
                standing, saved, revision = {**standing, "name": name}, entry["definition"], None
            version = publish_draft(slug, just_saved=unsaved).number
        if standing["name"] != name or not _same(saved, draft):
            try:
                save_workflow(slug=slug, name=name, definition=draft, expected_revision=revision)
            except NormalizedError as error:
                if "draft" in entry:
                    error.path = ["draft", *error.path[1:]]
                raise
        return Saved(version, self.warnings(entry, known))

    def warnings(self, entry: Entry, known: StoredEntry | None) -> list[dict[str, JsonValue]]:  # noqa: ARG002 - see Kind
        found = definition_warnings(entry["definition"]) if self.whole(entry)["published"] else []
        return [{"message": message, "path": ["definition", *path]} for message, path in found]

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        archive_workflow(slug=as_text(known.entry["slug"]), reason=WHY)
        return ChangedValue(("archived",), before=False, after=True)


def _entry(workflow: Workflow, current: WorkflowVersion | None) -> Entry:
    entry: Entry = {"slug": workflow.slug, "name": workflow.name}
    if current is None:
        return {**entry, "published": False, "definition": _shown(workflow)}
    # A draft that says the same may have been written later, in another order.
    same = checksum(workflow.definition) == current.checksum
    entry["definition"] = _shown(workflow if same else current)
    if not same:
        entry["draft"] = _shown(workflow)
    return entry


def _shown(source: Workflow | WorkflowVersion) -> JsonValue:
    # Earlier releases did not store the order of fields. Their definitions are sorted instead.
    found = as_written(source.definition, source.written)
    return tidy(found) if found is source.definition else found


def _places(before: Entry, after: Entry) -> Iterator[ChangedValue]:
    if before["name"] != after["name"]:
        yield ChangedValue(("name",), before["name"], after["name"])
    if after["published"] and not before["published"]:
        yield ChangedValue(("published",), before=False, after=True)
    if after["published"] or not before["published"]:
        yield from _definition_places(before["definition"], after["definition"], "definition")
    was, is_ = _draft(before), _draft(after)
    # A published version stays: a file that says otherwise describes the draft.
    apart = "draft" in before or "draft" in after or (before["published"] and not after["published"])
    if apart and canonical_json(was) != canonical_json(is_):
        yield from _definition_places(was, is_, "draft")


def _draft(entry: Entry) -> JsonValue:
    return entry.get("draft", entry["definition"])


def _definition_places(before: JsonValue, after: JsonValue, name: str) -> Iterator[ChangedValue]:
    found = difference(before, after)
    for place in found.fields:
        yield ChangedValue((name, *place.path), place.before, place.after, place.present)
    for step in found.steps:
        here: tuple[str | int, ...] = (name, "steps", step.key)
        for place in step.places:
            yield ChangedValue((*here, *place.path), place.before, place.after, place.present)
        if step.change == "renamed":
            yield ChangedValue((*here, "key"), step.renamed_from, step.key)
        elif step.change == "changed" and not step.places:
            yield ChangedValue((*here, "needs"), list(step.needs[0]), list(step.needs[1]))


def _same(one: JsonValue, other: JsonValue) -> bool:
    return checksum(one) == checksum(other)


def tidy(definition: JsonValue) -> JsonValue:
    """Put the fields of a definition and of its steps into an order that is easy to read."""
    definition = as_sent(definition)
    if not isinstance(definition, dict):
        return definition
    ordered = _ordered(definition, _ORDER)
    steps = ordered.get("steps")
    if isinstance(steps, list):
        ordered["steps"] = [_ordered(step, _STEP_ORDER) if isinstance(step, dict) else step for step in steps]
    return ordered


def _ordered(value: Mapping[str, JsonValue], order: tuple[str, ...]) -> dict[str, JsonValue]:
    known = [name for name in order if name in value]
    return {name: value[name] for name in [*known, *sorted(value.keys() - set(known))]}
