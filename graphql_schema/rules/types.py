# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""RuleSpec, what rules remember, and what they decided."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import strawberry
import strawberry_django

from automate.rules import models
from automate.rules.choices import RuleWindowOption, RuleWindowOutcome, Verdict
from automate.rules.queries import DecisionRow, RuleRow
from automate.rules.windows.queries import WindowRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken
from graphql_schema.rules.option_types import RuleOptions, options_of
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.workflows.types import Workflow


@strawberry.type(description="Why a condition may not mean what its author thinks. It is in force all the same.")
class RuleWarning:
    message: str = strawberry.field(description="What the condition may mean, and what to write instead.")
    path: list[str] = strawberry.field(description="Where in the condition, outermost first.")


@planned_by("graphql_schema.rules.loaders")
@strawberry_django.type(
    models.RuleWindow,
    description="What an option of a rule remembers of the matches of one key. One is open at a time for each key; those that lapsed go.",
)
class RuleWindow(Node):
    option: RuleWindowOption
    key: str | None = strawberry.field(description="Redacted. Null where all matches of the rule are counted together.")
    open: strawberry.auto
    outcome: RuleWindowOutcome | None
    opened_at: strawberry.auto
    closes_at: strawberry.auto
    closed_at: strawberry.auto
    matches: BigInt = strawberry.field(description="How many it has taken in. Of a throttle: how many had to wait.")
    waiting: strawberry.auto
    row: strawberry.Private[WindowRow]

    @strawberry.field(description="Whether retention has removed the run that the window started.")
    def run_expired(self, info: Info) -> bool:
        return taken(self, info)

    @strawberry.field(
        description="What it started. Null until then, where it starts none by itself, and where `runExpired`."
    )
    def run(self, info: Info) -> ExecutionRun | None:
        return taken(self, info)


@planned_by("graphql_schema.rules.loaders", "graphql_schema.rules.straight")
@strawberry_django.type(models.RuleSpec, description="Which events start which workflow.")
class RuleSpec(Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    paused_at: strawberry.auto
    priority: strawberry.auto
    when: strawberry.auto
    warnings: list[RuleWarning] = strawberry.field(description="What was noticed when it was saved.")
    options: RuleOptions | None = strawberry.field(
        description="How often, and when, its matches start runs. Null: each starts one at once."
    )
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[RuleRow]

    @strawberry.field(description="The workflow that a match starts.")
    def workflow(self, info: Info) -> Workflow:
        return taken(self, info)

    @strawberry.field(description="What its options remember, newest first.")
    def windows(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[RuleWindow]:
        return taken(self, info)


@planned_by("graphql_schema.rules.loaders")
@strawberry_django.type(
    models.Decision,
    description="What one rule said of one event. Written once where the rule was evaluated. A rule that was passed over, since "
    "what it needs does not stand in the event, is `UNMATCHED`, and says what that is.",
)
class Decision:
    verdict: Verdict
    reason: strawberry.auto
    path: list[str] = strawberry.field(description="Where in the rule the verdict was settled, outermost first.")
    rule_set_version: BigInt
    decided_at: strawberry.auto
    row: strawberry.Private[DecisionRow]
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field(description="As it is now. Null when the rule has been deleted since.")
    def rule(self, info: Info) -> RuleSpec | None:
        return taken(self, info)

    @strawberry.field(
        description="The run of this event that the match started, at once or later. Null where there is none."
    )
    def run(self, info: Info) -> ExecutionRun | None:
        return taken(self, info)

    @strawberry.field(
        description="The run of another event that stands for this one too, by debounce, count or absence. Null while there is none."
    )
    def collapsed_into(self, info: Info) -> ExecutionRun | None:
        return taken(self, info)

    @strawberry.field(description="What took the match in, where an option of the rule did. Null once it has lapsed.")
    def window(self, info: Info) -> RuleWindow | None:
        return taken(self, info)

    @strawberry.field(
        description="The rule's condition as it stood then: `explainRule` takes it. Null for a decision from before the rule was kept."
    )
    def when(self, info: Info) -> JSON | None:
        return taken(self, info)


@planned_by("graphql_schema.rules.loaders")
@strawberry.type(description="What a condition says of an event, over its redacted values.")
class RuleExplanation:
    matched: bool = strawberry.field(description="Whether the condition is true.")
    verdict: Verdict = strawberry.field(description="The verdict.")
    sentence: str = strawberry.field(description="The verdict as a sentence.")
    tree: JSON = strawberry.field(
        description="A node: op, path into the condition, value, matched, evaluated, turns, error, children."
    )
    asked: strawberry.Private[tuple[uuid.UUID, str] | None] = None
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field(
        description="What the named rule decided about the event, and what its options made of that: the latest. Null where it was "
        "not evaluated, or none was named."
    )
    def decision(self, info: Info) -> Decision | None:
        return taken(self, info)


_rule_spec = copier(RuleSpec, RuleRow, "id", "warnings", "options", "row")


def rule_of(row: RuleRow) -> RuleSpec:
    return _rule_spec(
        row,
        id=strawberry.ID(global_id("RuleSpec", row.id)),
        warnings=[RuleWarning(**warning) for warning in row.warnings],
        options=options_of(row.options),
        row=row,
    )


_rule_window = copier(RuleWindow, WindowRow, "id", "option", "key", "outcome", "matches", "row")


def window_of(row: WindowRow) -> RuleWindow:
    return _rule_window(
        row,
        id=strawberry.ID(global_id("RuleWindow", row.id)),
        option=RuleWindowOption(row.option),
        key=row.shown or None,
        outcome=RuleWindowOutcome(row.outcome) if row.outcome else None,
        matches=BigInt(row.matches),
        row=row,
    )


_decision = copier(Decision, DecisionRow, "verdict", "rule_set_version", "row")


def decision_of(row: DecisionRow) -> Decision:
    return _decision(row, verdict=Verdict(row.verdict), rule_set_version=BigInt(row.rule_set_version), row=row)
