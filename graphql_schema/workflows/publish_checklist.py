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
    STATE = "state"
    DEFINITION = "definition"
    CONNECTORS = "connectors"
    SECRETS = "secrets"
    CHANGES = "changes"
    EFFECTS = "effects"
    RULES = "rules"
    CALLERS = "callers"
    CALLEES = "callees"
    RUNS = "runs"


@strawberry.enum(description="BLOCKED forbids to publish; WARNING and NOTE ask for a look.")
class ChecklistState(Enum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    BLOCKED = "blocked"


@strawberry.type
class ChecklistItem:
    key: ChecklistKey
    state: ChecklistState
    sentence: str
    names: list[str] = strawberry.field(
        description="What it is about: steps by their keys, rules and workflows by their slugs, secrets by their names."
    )
    problems: list[Problem] = strawberry.field(description="What forbids to publish, each with its place.")


@strawberry.type
class PublishChecklistPayload:
    publishable: bool = strawberry.field(default=False, description="Whether nothing forbids to publish the draft.")
    items: list[ChecklistItem] = strawberry.field(default_factory=list)
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
