"""What a configuration names and an archived workflow lets stand still, once all of it is done."""

from __future__ import annotations

from collections.abc import Iterator

from automate.configuration.shape import Entry, Path
from automate.kernel.errors import Json
from automate.workflows.drafts import draft_steps
from automate.workflows.flow_steps.run_workflow import RUN_WORKFLOW
from automate.workflows.models import Workflow

Found = tuple[str, Path]
"""What is to be said, and where in the entry."""


class Archived:
    """The workflows of the tenant that are archived, of those that entries begin or call. Asks once."""

    def __init__(self, rules: list[Entry], workflows: list[Entry]) -> None:
        called = {slug for entry in workflows for slug, _ in _calls(entry["definition"])}
        rows = Workflow.objects.filter(slug__in=called | {entry["workflow"] for entry in rules})
        self._slugs = set(rows.filter(archived_at__isnull=False).values_list("slug", flat=True))

    def of_rule(self, entry: Entry) -> Found | None:
        """For one that is switched off, nothing: it starts nothing anyhow."""
        if entry["workflow"] not in self._slugs or not entry.get("enabled", True):
            return None
        how = "Name it in the file, too, which takes it out of the archive, or switch the rule off: enabled: false."
        return f"This rule would start nothing: its workflow {entry['workflow']} is archived then. {how}", ("workflow",)

    def of_workflow(self, entry: Entry) -> Iterator[Found]:
        for slug, path in _calls(entry["definition"]):
            if slug in self._slugs:
                how = "Name it in the file, too, or take it out of the archive with unarchiveWorkflow."
                yield f"This calls the workflow {slug}, which is archived then, and fails. {how}", ("definition", *path)


def _calls(definition: Json) -> Iterator[tuple[str, Path]]:
    """Slugs of workflows that a definition runs, as far as they are written out, each with its place."""
    steps = definition.get("steps")
    for step in draft_steps(steps) if isinstance(steps, list) else ():
        given = step.raw.get("with")
        slug = given.get("workflow") if step.uses == RUN_WORKFLOW.name and isinstance(given, dict) else None
        if isinstance(slug, str):
            yield slug, (*step.place, "with", "workflow")
