"""Straight reads of rules and of decisions, see ``graphql_schema.straight``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from graphql import FieldNode, GraphQLObjectType

from automate.rules import shown_queries
from automate.rules.choices import Verdict
from automate.rules.queries import DecisionRow, RuleRow, decisions_of
from graphql_schema.completion import Uncommon
from graphql_schema.connections import list_limit
from graphql_schema.planning import CHILDREN, Selected
from graphql_schema.rules.types import RuleSpec
from graphql_schema.straight.columns import One, id_of, named, straight
from graphql_schema.straight.shapes import compiled, fields_below, shape_of

straight(
    RuleSpec,
    RuleRow,
    "slug name enabled paused_at priority revision created_at updated_at",
    id=id_of("RuleSpec"),
    workflow=One("Workflow", shown_queries.JOIN_WORKFLOW),
)

_verdict = named(Verdict)
_FIELDS: Mapping[str, Callable[[DecisionRow], Any]] = {
    "verdict": lambda row: _verdict(row.verdict),
    "ruleSetVersion": lambda row: str(row.rule_set_version),
    "decidedAt": lambda row: row.decided_at,
    "__typename": lambda _row: "Decision",
}


def decisions_need(field: Selected) -> AbstractSet[str]:
    """The needed permissions. Raises Uncommon for fields that planning has to read, such as reasons and runs."""
    needs = set()
    for nodes in _fields(field).values():
        name = nodes[0].name.value
        if name == "rule":
            needs |= {CHILDREN["Decision", "rule"].permission, *compiled(field.plan, _rule(field), nodes, "q").needs}
        elif name not in _FIELDS:
            raise Uncommon
    return needs


def decisions(events: Sequence[uuid.UUID], field: Selected) -> list[Any]:
    """The decisions of each event."""
    fields = _fields(field)
    names = {key: nodes[0].name.value for key, nodes in fields.items()}
    found = decisions_of(events, list_limit(field.arguments))
    wanted = {row.rule_id for rows in found.values() for row in rows}
    rules = {key: _rules(nodes, wanted, field) for key, nodes in fields.items() if names[key] == "rule"}

    def shown(row: DecisionRow) -> dict[str, Any]:
        return {
            key: rules[key].get(row.rule_id) if name == "rule" else _FIELDS[name](row) for key, name in names.items()
        }

    return [[shown(row) for row in found[event]] for event in events]


def _fields(field: Selected) -> dict[str, list[FieldNode]]:
    if not isinstance(field.type, GraphQLObjectType):
        raise Uncommon
    return fields_below(field.plan, field.type, field.nodes)


def _rule(field: Selected) -> GraphQLObjectType:
    kind = field.plan.schema.type_map["RuleSpec"]
    if not isinstance(kind, GraphQLObjectType):
        raise Uncommon
    return kind


def _rules(nodes: Sequence[FieldNode], ids: set[uuid.UUID], field: Selected) -> dict[uuid.UUID, Any]:
    if not ids:
        return {}
    shape = shape_of(field.plan, _rule(field), nodes, "q")
    rows = shown_queries.rules_shown(shape.wanted("q.id"), sorted(ids))
    return {row[-1]: one for row, one in zip(rows, shape.complete(field.plan, rows), strict=True)}
