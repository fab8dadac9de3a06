"""publishChecklist: what there is to know before a draft is published."""

from __future__ import annotations

from enum import Enum

import strawberry

from automate.kernel.permissions import VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.runs.checklist import Item, checklist
from automate.workflows.services import problem_json
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.workflows.types import Problem, problem_of


@strawberry.enum(description="What an item of a checklist is about.")
class ChecklistKey(Enum):
    STATE = strawberry.enum_value("state", description="Whether the workflow is archived, paused or disabled.")
    DEFINITION = strawberry.enum_value("definition", description="Whether the definition is valid.")
    CONNECTORS = strawberry.enum_value("connectors", description="Whether all connectors are installed.")
    SECRETS = strawberry.enum_value("secrets", description="Whether all secrets have values and may be used.")
    CHANGES = strawberry.enum_value("changes", description="What changes since the current version.")
    EFFECTS = strawberry.enum_value("effects", description="Which steps call the outside.")
    RULES = strawberry.enum_value("rules", description="Which rules start the workflow.")
    CALLERS = strawberry.enum_value("callers", description="Which workflows call this one.")
    CALLEES = strawberry.enum_value("callees", description="Which workflows this one calls.")
    RUNS = strawberry.enum_value("runs", description="Which runs are open.")


@strawberry.enum(description="BLOCKED forbids to publish; WARNING and NOTE ask for a look.")
class ChecklistState(Enum):
    OK = strawberry.enum_value("ok", description="Nothing to do.")
    NOTE = strawberry.enum_value("note", description="Something to know.")
    WARNING = strawberry.enum_value("warning", description="Something to check.")
    BLOCKED = strawberry.enum_value("blocked", description="The publish would be refused.")


@strawberry.type(description="One point of the checklist.")
class ChecklistItem:
    key: ChecklistKey = strawberry.field(description="What was checked.")
    state: ChecklistState = strawberry.field(description="Whether something is to be done.")
    sentence: str = strawberry.field(description="The finding as a sentence.")
    names: list[str] = strawberry.field(
        description="What it is about: steps by their keys, rules and workflows by their slugs, secrets by their names."
    )
    problems: list[Problem] = strawberry.field(description="What forbids to publish, each with its place.")


@strawberry.type
class PublishChecklistPayload:
    publishable: bool = strawberry.field(default=False, description="Whether nothing forbids to publish the draft.")
    items: list[ChecklistItem] = strawberry.field(
        default_factory=list, description="What to look at before the publish, in a fixed order."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ChecklistQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_WORKFLOWS), Requires(VIEW_RULES), Requires(VIEW_RUNS)],
        description="What there is to know before a workflow's draft is published.",
    )
    @refusals_in(PublishChecklistPayload)
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
