"""Finds uses of archived workflows in a configuration. Rules and calls can use an archived workflow."""

from __future__ import annotations

from collections.abc import Iterator

from automate.configuration.shape import Entry, Path
from automate.kernel.json_values import JsonValue, as_object
from automate.workflows.drafts import draft_steps
from automate.workflows.flow_steps.run_workflow import RUN_WORKFLOW
from automate.workflows.models import Workflow

Found = tuple[str, Path]
"""A message, and its path in the entry."""


class Archived:
    """The archived workflows that a configuration uses.

    Rules of the configuration start these workflows, or other workflows of the configuration call these workflows.
    """

    def __init__(self, rules: list[Entry], workflows: list[Entry]) -> None:
        called = {slug for entry in workflows for slug, _ in _calls(entry["definition"])}
        rows = Workflow.objects.filter(slug__in=called | {entry["workflow"] for entry in rules})
        self._slugs = set(rows.filter(archived_at__isnull=False).values_list("slug", flat=True))

    def of_rule(self, entry: Entry) -> Found | None:
        """Return the problem of a rule that starts an archived workflow. A disabled rule has no problem."""
        if entry["workflow"] not in self._slugs or not entry.get("enabled", True):
            return None
        how = "To unarchive the workflow, add it to the file. Or disable the rule with `enabled: false`."
        return f"This rule would start no run, because its workflow {entry['workflow']} will be archived. {how}", (
            "workflow",
        )

    def of_workflow(self, entry: Entry) -> Iterator[Found]:
        for slug, path in _calls(entry["definition"]):
            if slug in self._slugs:
                how = "Add that workflow to the file, or unarchive it with unarchiveWorkflow."
                yield (
                    f"This call of the workflow {slug} will fail, because that workflow will be archived. {how}",
                    ("definition", *path),
                )


def _calls(definition: JsonValue) -> Iterator[tuple[str, Path]]:
    # The slug of each called workflow, with its path.
    steps = as_object(definition).get("steps")
    for step in draft_steps(steps) if isinstance(steps, list) else ():
        given = step.raw.get("with")
        slug = given.get("workflow") if step.uses == RUN_WORKFLOW.name and isinstance(given, dict) else None
        if isinstance(slug, str):
            yield slug, (*step.place, "with", "workflow")
