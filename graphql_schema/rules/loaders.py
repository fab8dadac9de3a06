"""What lies below rules and decisions, loaded for many at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_RULES, VIEW_WORKFLOWS
from automate.rules import queries
from automate.workflows.queries import workflows_by_id
from graphql_schema.planning import Selected, child
from graphql_schema.rules.types import Decision, RuleSpec, rule_of
from graphql_schema.workflows.types import Workflow, workflow_of


@child("RuleSpec", "workflow", VIEW_WORKFLOWS)
def workflows_of_rules(rules: Sequence[RuleSpec], _field: Selected) -> list[Workflow]:
    found = workflows_by_id(sorted({rule.row.workflow_id for rule in rules}))
    return [workflow_of(found[rule.row.workflow_id]) for rule in rules]


@child("Decision", "rule", VIEW_RULES)
def rules_of_decisions(decisions: Sequence[Decision], _field: Selected) -> list[RuleSpec | None]:
    found = queries.rules_by_id(sorted({decision.row.rule_id for decision in decisions}))
    rows = [found.get(decision.row.rule_id) for decision in decisions]
    return [rule_of(row) if row is not None else None for row in rows]
