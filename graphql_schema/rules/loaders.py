"""Load related data of many rules and decisions at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.rules import queries
from automate.rules.windows.queries import count_windows_under, takers_of, windows_by_id, windows_under
from automate.runs.queries import runs_by_id
from automate.workflows.queries import workflows_by_id
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.rules.types import Decision, RuleExplanation, RuleSpec, RuleWindow, decision_of, rule_of, window_of
from graphql_schema.runs.types import ExecutionRun, run_of
from graphql_schema.workflows.types import Workflow, workflow_of


@prefetch(RuleSpec, "workflow", VIEW_WORKFLOWS)
def workflows_of_rules(rules: Sequence[RuleSpec], _field: Selected) -> list[Workflow]:
    found = workflows_by_id(sorted({rule.row.workflow_id for rule in rules}))
    return [workflow_of(found[rule.row.workflow_id]) for rule in rules]


@prefetch(Decision, "rule", VIEW_RULES)
def rules_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[RuleSpec | None]:
    return objects_of([decision.row.rule_id for decision in decisions], queries.rules_by_id, rule_of)


@prefetch(Decision, "when", VIEW_RULES)
def conditions_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[JsonValue]:
    asked = [(decision.row.rule_id, decision.row.rule_set_version) for decision in decisions]
    found = queries.conditions_under(asked)
    return [found.get(place) for place in asked]


def _runs_of(decisions: Sequence[Decision]) -> list[tuple[ExecutionRun | None, bool]]:
    # With a window, one run covers several events, and only one of these events has started the run.
    rows = [decision.row for decision in decisions]
    takers = takers_of([(row.event_id, row.window_id) for row in rows if row.window_id is not None])
    wanted: list[tuple[uuid.UUID | None, bool]] = []
    for row in rows:
        taker = takers.get((row.event_id, row.window_id)) if row.run_id is None and row.window_id is not None else None
        if taker is not None:
            wanted.append((taker.run_id, taker.event_id == row.event_id))
        else:
            wanted.append((row.run_id, True))
    runs = objects_of([run_id for run_id, _ in wanted], runs_by_id, run_of)
    return [(run, own) for run, (_, own) in zip(runs, wanted, strict=True)]


@prefetch(Decision, "run", VIEW_RUNS)
def runs_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[ExecutionRun | None]:
    return [run if own else None for run, own in _runs_of(decisions)]


@prefetch(Decision, "collapsedInto", VIEW_RUNS)
def takers_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[ExecutionRun | None]:
    return [None if own else run for run, own in _runs_of(decisions)]


@prefetch(Decision, "window", VIEW_RULES)
def windows_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[RuleWindow | None]:
    return objects_of([decision.row.window_id for decision in decisions], windows_by_id, window_of)


@prefetch(RuleSpec, "windows", VIEW_RULES)
def windows_of_rules(rules: Sequence[RuleSpec], field: Selected) -> list[Connection[RuleWindow]]:
    parents = [rule.row.id for rule in rules]
    return connections_under(field, "RuleSpec.windows", parents, windows_under, window_of, count_windows_under)


@prefetch(RuleWindow, "runExpired", VIEW_RUNS)
def expired_runs_of_windows(windows: Sequence[RuleWindow], _field: Selected) -> list[bool]:
    started = [window.row.run_id for window in windows]
    found = runs_by_id(sorted({run_id for run_id in started if run_id is not None}))
    return [run_id is not None and run_id not in found for run_id in started]


@prefetch(RuleWindow, "run", VIEW_RUNS)
def runs_of_windows(windows: Sequence[RuleWindow], _field: Selected) -> list[ExecutionRun | None]:
    return objects_of([window.row.run_id for window in windows], runs_by_id, run_of)


@prefetch(RuleExplanation, "decision", VIEW_RULES)
def decisions_of_explanations(explanations: Sequence[RuleExplanation], _field: Selected) -> list[Decision | None]:
    found = [queries.decision_about(*one.asked) if one.asked is not None else None for one in explanations]
    return [decision_of(row) if row is not None else None for row in found]
