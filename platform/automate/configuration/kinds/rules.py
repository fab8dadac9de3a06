"""Reads and saves the rules of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from automate.configuration.kinds.kind import ObjectKind, Rows, Saved, StoredEntry, as_sent, flagged
from automate.configuration.shape import Entry
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_flag, as_integer, as_object, as_text, as_texts
from automate.kernel.shapes import api_form, stored_form, without_defaults
from automate.rules.models import RuleSpec
from automate.rules.services import checked_warnings, save_rule
from automate.rules.windows.options import Options
from automate.workflows.diffing import ChangedValue


class Rules(ObjectKind):
    name, section, model, locks, of_workflow = "rule", "rules", RuleSpec, True, True
    enabled = Q(enabled=True, workflow__archived_at__isnull=True)

    def rows(self) -> Rows:
        return RuleSpec.objects.select_related("workflow").defer(
            "workflow__definition", "workflow__written", "workflow__problems"
        )

    def known(self, rows: Sequence[RuleSpec]) -> list[StoredEntry]:
        # The rule of an archived workflow starts nothing, and could not be saved in a tenant without that workflow.
        return [StoredEntry(_entry(row), row.revision, away=row.workflow.archived_at is not None) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        options = _shown(stored_form(Options, as_object(entry.get("options") or {})))
        return {"enabled": True, "priority": 0, **entry, "options": options}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        """Save a rule. Raises NOT_FOUND if neither the file nor the tenant has the rule's workflow."""
        try:
            wanted = self.whole(entry)
            save_rule(
                slug=as_text(wanted["slug"]),
                name=as_text(wanted["name"]),
                workflow=as_text(wanted["workflow"]),
                when=wanted["when"],
                enabled=as_flag(wanted["enabled"]),
                priority=as_integer(wanted["priority"]),
                options=stored_form(Options, as_object(wanted["options"])),
                expected_revision=known.revision if known else None,
            )
        except NormalizedError as error:
            if error.code == "NOT_FOUND" and error.path == ["workflow"]:
                message = "Neither the file nor the tenant has a workflow with this slug. Add the workflow to the file."
                raise NormalizedError("NOT_FOUND", message, path=error.path) from None
            raise
        return Saved(warnings=self.warnings(entry, known))

    def warnings(self, entry: Entry, known: StoredEntry | None) -> list[dict[str, JsonValue]]:  # noqa: ARG002 - see Kind
        return [
            {**one, "path": ["when", *as_texts(one["path"])]} for one in map(as_object, checked_warnings(entry["when"]))
        ]

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        self.save({**known.entry, "enabled": False}, known)
        return ChangedValue(("enabled",), before=True, after=False)


def _entry(rule: RuleSpec) -> Entry:
    return flagged(
        {"slug": rule.slug, "name": rule.name, "workflow": rule.workflow.slug, "when": as_sent(rule.when)},
        enabled=(rule.enabled, True),
        priority=(rule.priority, 0),
        options=(_shown(as_object(as_sent(rule.options))), {}),
    )


def _shown(options: Entry) -> Entry:
    return api_form(Options, without_defaults(Options, options))
