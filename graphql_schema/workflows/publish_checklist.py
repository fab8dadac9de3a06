"""The query publishChecklist."""

from __future__ import annotations

import strawberry
from django.db.models import TextChoices

from automate.kernel.permissions import VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.runs.checklist import Item, checklist
from automate.workflows.services import problem_json
from graphql_schema.enums import described
from graphql_schema.errors import QueryPayload
from graphql_schema.permissions import Requires
from graphql_schema.workflows.types import Problem, problem_of


@described
class ChecklistKey(TextChoices):
    """The subject of an item in a checklist."""

    STATE = "state", "Whether the workflow is archived, paused or disabled."
    DEFINITION = "definition", "Whether the definition is valid."
    CONNECTORS = "connectors", "Whether all connectors are installed."
    SECRETS = "secrets", "Whether all secrets have values and may be used."
    CHANGES = "changes", "What changes since the current version."
    EFFECTS = "effects", "Which steps call the outside."
    RULES = "rules", "Which rules start the workflow."
    CALLERS = "callers", "Which workflows call this one."
    CALLEES = "callees", "Which workflows this one calls."
    RUNS = "runs", "Which runs are open."
    BUDGETS = "budgets", "What a day's traffic would use of each budget."


@described
class ChecklistState(TextChoices):
    """Whether an item of a checklist needs attention."""

    OK = "ok", "Nothing to do."
    NOTE = "note", "Something to know."
    WARNING = "warning", "Something to check."
    BLOCKED = "blocked", "The publish would be refused."


@strawberry.type(description="One point of the checklist.")
class ChecklistItem:
    key: ChecklistKey = strawberry.field(description="What was checked.")
    state: ChecklistState = strawberry.field(description="Whether the item needs attention.")
    sentence: str = strawberry.field(description="The finding, as a sentence.")
    names: list[str] = strawberry.field(
        description="The objects that the item is about: keys of steps, slugs of rules and workflows, or names of "
        "secrets."
    )
    problems: list[Problem] = strawberry.field(
        description="The problems because of which the draft cannot be published, each with its path."
    )


@strawberry.type
class PublishChecklistPayload(QueryPayload):
    publishable: bool = strawberry.field(description="Whether the draft can be published.")
    items: list[ChecklistItem] = strawberry.field(description="The items to check before publishing, in a fixed order.")


@strawberry.type
class ChecklistQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_WORKFLOWS), Requires(VIEW_RULES), Requires(VIEW_RUNS)],
        description="What to check before a workflow's draft is published.",
    )
    def publish_checklist(self, workflow: str) -> PublishChecklistPayload:
        items = checklist(workflow)
        return PublishChecklistPayload(
            publishable=all(item.state != "blocked" for item in items), items=[_item(item) for item in items]
        )


def _item(item: Item) -> ChecklistItem:
    return ChecklistItem(
        key=ChecklistKey(item.key),
        state=ChecklistState(item.state),
        sentence=item.sentence,
        names=list(item.names),
        problems=[problem_of(problem_json(problem)) for problem in item.problems],
    )
