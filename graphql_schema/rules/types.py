"""The types RuleSpec, RuleWindow and Decision."""

from __future__ import annotations

import dataclasses
import uuid

import orjson
import strawberry
import strawberry_django

from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue, as_list, as_object, as_text, as_texts
from automate.kernel.permissions import VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.rules import models
from automate.rules.choices import RuleWindowOption, RuleWindowOutcome, Verdict
from automate.rules.queries import RuleDecisionRow, RuleRow
from automate.rules.windows.queries import WindowRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier, lazily
from graphql_schema.ids import global_id
from graphql_schema.loaded import Loaded
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.rules.loaders import (
    Rule,
    conditions_of_decisions,
    decisions_of_explanations,
    expired_runs_of_windows,
    rules_of_decisions,
    runs_of_decisions,
    runs_of_windows,
    takers_of_decisions,
    windows_of_decisions,
    windows_of_rules,
    workflows_of_rules,
)
from graphql_schema.rules.option_types import RuleOptions, options_of
from graphql_schema.rules.straight import DECISION, RULE_SPEC
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.straight.columns import straight
from graphql_schema.workflows.types import Workflow


@strawberry.type(
    description="A part of a condition that possibly does not mean what its author thinks. The condition is in force anyway."
)
class RuleWarning:
    message: str = strawberry.field(description="What this part means, and what to write instead.")
    path: list[str] = strawberry.field(description="The path in the condition, outermost part first.")


@strawberry_django.type(
    models.RuleWindow,
    description="The matches that an option of a rule has counted for one key. Each key has one open window. "
    "Expired windows are deleted.",
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
    matches: BigInt
    waiting: strawberry.auto
    row: strawberry.Private[WindowRow]

    @planned(expired_runs_of_windows, VIEW_RUNS)
    @strawberry.field(description="Whether retention has removed the run that the window started.")
    def run_expired(self, info: Info) -> bool:
        return prefetched(self, info)

    @planned(runs_of_windows, VIEW_RUNS)
    @strawberry.field(
        description="The run that the window started. Null before the start, for options that start no runs, and if "
        "`runExpired` is true."
    )
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)


@straight(RULE_SPEC)
@strawberry_django.type(models.RuleSpec, description="A rule: which events start which workflow.")
class RuleSpec(Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    paused_at: strawberry.auto
    priority: strawberry.auto
    when: strawberry.auto
    warnings: list[RuleWarning]
    options: RuleOptions | None
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[Rule]

    @planned(workflows_of_rules, VIEW_WORKFLOWS)
    @strawberry_django.field(select_related=["workflow"])
    def workflow(self, info: Info) -> Workflow:
        return prefetched(self, info)

    @planned(windows_of_rules, VIEW_RULES)
    @nested("The windows of the rule's options, newest first.")
    def windows(self, info: Info) -> Connection[RuleWindow]:
        return prefetched(self, info)


@straight(DECISION)
@strawberry_django.type(
    models.Decision,
    description="The decision of one rule about one event, stored once. If the event lacks a value that the "
    "rule needs, the rule is not evaluated. Then the decision is `UNMATCHED`, and the missing value "
    "is the reason.",
)
class Decision:
    verdict: Verdict
    reason: strawberry.auto
    path: list[str]
    rule_set_version: BigInt
    decided_at: strawberry.auto
    row: strawberry.Private[RuleDecisionRow]
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)

    @planned(rules_of_decisions, VIEW_RULES)
    @strawberry.field(description="The rule in its current form. Null if it was deleted.")
    def rule(self, info: Info) -> RuleSpec | None:
        return prefetched(self, info)

    @planned(runs_of_decisions, VIEW_RUNS)
    @strawberry.field(
        description="The run that the match started for this event, at once or later. Null if it started none."
    )
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(takers_of_decisions, VIEW_RUNS)
    @strawberry.field(
        description="If debounce, count or absence merged this match into the run of another event, that run. "
        "Otherwise null."
    )
    def collapsed_into(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(windows_of_decisions, VIEW_RULES)
    @strawberry.field(
        description="The window that accepted the match, for a rule with options. Null after the window was deleted."
    )
    def window(self, info: Info) -> RuleWindow | None:
        return prefetched(self, info)

    @planned(conditions_of_decisions, VIEW_RULES)
    @strawberry.field(
        description="The rule's condition at the time of the decision. Pass it to `explainRule`. Null for a "
        "decision that is older than the history of rules."
    )
    def when(self, info: Info) -> JSON | None:
        return prefetched(self, info)


@strawberry.type(description="The evaluation of a condition with the redacted values of an event.")
class RuleExplanation:
    matched: bool = strawberry.field(description="Whether the condition is true.")
    verdict: Verdict = strawberry.field(description="The verdict.")
    sentence: str = strawberry.field(description="The verdict as a sentence.")
    tree: JSON = strawberry.field(
        description="The evaluated condition as a tree. Each node has op, path in the condition, value, matched, "
        "evaluated, turns, error and children."
    )
    asked: strawberry.Private[tuple[uuid.UUID, str] | None] = None
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)

    @planned(decisions_of_explanations, VIEW_RULES)
    @strawberry.field(
        description="The last decision of the named rule about the event, including the effect of its options. Null "
        "if the rule was not evaluated, or if no rule was named."
    )
    def decision(self, info: Info) -> Decision | None:
        return prefetched(self, info)


def _warnings(row: Rule) -> list[RuleWarning]:
    return [
        RuleWarning(message=as_text(warning["message"]), path=as_texts(warning["path"]))
        for warning in map(as_object, as_list(row.warnings))
    ]


def _options(row: Rule) -> RuleOptions | None:
    return options_of(row.options)


def _when(row: Rule) -> JsonValue:
    # jsonb writes a large float without an exponent, and Django reads it as an integer. orjson reads a float.
    when: JsonValue = orjson.loads(json_bytes(row.when))
    return when


rule_of = makes(RuleSpec)(lazily(RuleSpec, RuleRow, when=_when, warnings=_warnings, options=_options))
_rule_window = copier(RuleWindow, WindowRow, "id", "option", "key", "outcome", "matches", "row")


@makes(RuleWindow)
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


@makes(Decision)
def decision_of(row: RuleDecisionRow) -> Decision:
    return _decision(row, verdict=Verdict(row.verdict), rule_set_version=BigInt(row.rule_set_version), row=row)
