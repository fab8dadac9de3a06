# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The types RuleSpec, RuleWindow and Decision."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import strawberry
import strawberry_django

from automate.rules import models
from automate.rules.choices import RuleWindowOption, RuleWindowOutcome, Verdict
from automate.rules.queries import RuleDecisionRow, RuleRow
from automate.rules.windows.queries import WindowRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, prefetched
from graphql_schema.rules.option_types import RuleOptions, options_of
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.workflows.types import Workflow


@strawberry.type(
    description="A part of a condition that may not mean what its author thinks. The condition is in force anyway."
)
class RuleWarning:
    message: str = strawberry.field(description="The meaning, and what to write instead.")
    path: list[str] = strawberry.field(description="The place in the condition, outermost first.")


@planned_by("graphql_schema.rules.loaders")
@strawberry_django.type(
    models.RuleWindow,
    description="The matches of one key that an option of a rule remembers. Each key has one open window. Expired windows are deleted.",
)
class RuleWindow(Node):
    option: RuleWindowOption
    key: str | None = strawberry.field(
        description="The key, redacted. Null if all matches of the rule are counted together."
    )
    open: strawberry.auto
    outcome: RuleWindowOutcome | None
    opened_at: strawberry.auto
    closes_at: strawberry.auto
    closed_at: strawberry.auto
    matches: BigInt = strawberry.field(
        description="The accepted matches; for a throttle, the matches that had to wait."
    )
    waiting: strawberry.auto
    row: strawberry.Private[WindowRow]

    @strawberry.field(description="Whether retention has removed the run that the window started.")
    def run_expired(self, info: Info) -> bool:
        return prefetched(self, info)

    @strawberry.field(
        description="The run that the window started. Null before that, for options that start no runs, and if `runExpired`."
    )
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)


@planned_by("graphql_schema.rules.loaders", "graphql_schema.rules.straight")
@strawberry_django.type(models.RuleSpec, description="A rule: which events start which workflow.")
class RuleSpec(Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    paused_at: strawberry.auto
    priority: strawberry.auto
    when: strawberry.auto
    warnings: list[RuleWarning] = strawberry.field(description="Warnings about the condition from the last save.")
    options: RuleOptions | None = strawberry.field(
        description="How often, and when, matches start runs. Null: each match starts one at once."
    )
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[RuleRow]

    @strawberry.field(description="The workflow that a match starts.")
    def workflow(self, info: Info) -> Workflow:
        return prefetched(self, info)

    @strawberry.field(description="The windows of its options, newest first.")
    def windows(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[RuleWindow]:
        return prefetched(self, info)


@planned_by("graphql_schema.rules.loaders")
@strawberry_django.type(
    models.Decision,
    description="The decision of one rule about one event. It is stored once for an evaluated rule. A rule is not evaluated if the event "
    "lacks what the rule needs. Its decision is `UNMATCHED`, with the missing value as reason.",
)
class Decision:
    verdict: Verdict
    reason: strawberry.auto
    path: list[str] = strawberry.field(description="The place in the rule that settled the verdict, outermost first.")
    rule_set_version: BigInt
    decided_at: strawberry.auto
    row: strawberry.Private[RuleDecisionRow]
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field(description="The rule as it is now. Null if it was deleted.")
    def rule(self, info: Info) -> RuleSpec | None:
        return prefetched(self, info)

    @strawberry.field(description="The run of this event that the match started, at once or later. Null without one.")
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @strawberry.field(
        description="The run of another event that covers this one too, by debounce, count or absence. Null without one."
    )
    def collapsed_into(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @strawberry.field(
        description="The window that accepted the match, for a rule with options. Null after the window was deleted."
    )
    def window(self, info: Info) -> RuleWindow | None:
        return prefetched(self, info)

    @strawberry.field(
        description="The rule's condition at that time, for `explainRule`. Null for a decision from before the history of rules."
    )
    def when(self, info: Info) -> JSON | None:
        return prefetched(self, info)


@planned_by("graphql_schema.rules.loaders")
@strawberry.type(description="The evaluation of a condition over an event's redacted values.")
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
        description="The named rule's last decision about the event, with the effect of its options. Null if the rule was "
        "not evaluated, or if none was named."
    )
    def decision(self, info: Info) -> Decision | None:
        return prefetched(self, info)


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


_decision = copier(Decision, RuleDecisionRow, "verdict", "rule_set_version", "row")


def decision_of(row: RuleDecisionRow) -> Decision:
    return _decision(row, verdict=Verdict(row.verdict), rule_set_version=BigInt(row.rule_set_version), row=row)
