"""Load related data of many rules and decisions at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Protocol

from automate.kernel.json_values import JsonValue
from automate.rules import queries
from automate.rules.models import RuleSpec
from automate.rules.queries import RuleDecisionRow, RuleRow
from automate.rules.windows.queries import WindowRow, count_windows_under, takers_of, windows_by_id, windows_under
from automate.runs.queries import runs_by_id
from automate.workflows.queries import workflows_by_id
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.planning import Of, Selected

Rule = RuleRow | RuleSpec
"""A rule that SQL or a queryset has read."""


class _Explanation(Protocol):
    asked: tuple[uuid.UUID, str] | None


def workflows_of_rules(rules: Sequence[Of[Rule]], field: Selected) -> list[object]:
    rows = [rule.row for rule in rules]
    joined = {
        row.workflow_id: row.workflow for row in rows if isinstance(row, RuleSpec) and RuleSpec.workflow.is_cached(row)
    }
    found = joined or workflows_by_id(sorted({row.workflow_id for row in rows}))
    return [field.make(found[row.workflow_id]) for row in rows]


def rules_of_decisions(decisions: Sequence[Of[RuleDecisionRow]], field: Selected) -> list[object]:
    return objects_of([decision.row.rule_id for decision in decisions], queries.rules_by_id, field.make)


def conditions_of_decisions(decisions: Sequence[Of[RuleDecisionRow]], _field: Selected) -> list[JsonValue]:
    asked = [(decision.row.rule_id, decision.row.rule_set_version) for decision in decisions]
    found = queries.conditions_under(asked)
    return [found.get(place) for place in asked]


def _runs_of(field: Selected, decisions: Sequence[Of[RuleDecisionRow]]) -> list[tuple[object, bool]]:
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
    runs = objects_of([run_id for run_id, _ in wanted], runs_by_id, field.make)
    return [(run, own) for run, (_, own) in zip(runs, wanted, strict=True)]


def runs_of_decisions(decisions: Sequence[Of[RuleDecisionRow]], field: Selected) -> list[object]:
    return [run if own else None for run, own in _runs_of(field, decisions)]


def takers_of_decisions(decisions: Sequence[Of[RuleDecisionRow]], field: Selected) -> list[object]:
    return [None if own else run for run, own in _runs_of(field, decisions)]


def windows_of_decisions(decisions: Sequence[Of[RuleDecisionRow]], field: Selected) -> list[object]:
    return objects_of([decision.row.window_id for decision in decisions], windows_by_id, field.make)


def windows_of_rules(rules: Sequence[Of[Rule]], field: Selected) -> list[Connection[object]]:
    parents = [rule.row.id for rule in rules]
    return connections_under(field, "RuleSpec.windows", parents, windows_under, field.make, count_windows_under)


def expired_runs_of_windows(windows: Sequence[Of[WindowRow]], _field: Selected) -> list[bool]:
    started = [window.row.run_id for window in windows]
    found = runs_by_id(sorted({run_id for run_id in started if run_id is not None}))
    return [run_id is not None and run_id not in found for run_id in started]


def runs_of_windows(windows: Sequence[Of[WindowRow]], field: Selected) -> list[object]:
    return objects_of([window.row.run_id for window in windows], runs_by_id, field.make)


def decisions_of_explanations(explanations: Sequence[_Explanation], field: Selected) -> list[object]:
    found = [queries.decision_about(*one.asked) if one.asked is not None else None for one in explanations]
    return [field.make(row) if row is not None else None for row in found]
