"""SQL that reads the fields of rules and decisions without Python objects. Such a read is a straight read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from graphql import FieldNode, GraphQLObjectType

from automate.kernel.queries import ColumnSelection, rows_of
from automate.kernel.rows import DatabaseRow, DatabaseValue
from automate.rules import shown_queries
from automate.rules.choices import Verdict
from automate.rules.queries import RuleRow, in_order
from graphql_schema.completion import Uncommon
from graphql_schema.connections import list_limit
from graphql_schema.planning import Selected, loader_of
from graphql_schema.straight.columns import Inside, One, declared, id_of, named
from graphql_schema.straight.shapes import compiled, fields_below, shape_of

RULE_SPEC = declared(
    RuleRow,
    "slug name enabled paused_at priority revision created_at updated_at",
    id=id_of("RuleSpec"),
    workflow=One("Workflow", shown_queries.JOIN_WORKFLOW),
)

_verdict = named(Verdict)


class _DecisionColumns(NamedTuple):
    """A row that the SQL of ``decisions_of_event`` returns."""

    sorts: tuple[str, int | None, str, int]
    """The arguments of ``in_order``."""
    verdict: str
    version: str
    decided_at: str
    rule: DatabaseRow | None
    """The columns of the rule. None for a rule that was deleted before its decisions."""


_FIELDS: Mapping[str, Callable[[_DecisionColumns], object]] = {
    "verdict": lambda row: _verdict(row.verdict),
    "ruleSetVersion": lambda row: row.version,
    "decidedAt": lambda row: row.decided_at,
    "__typename": lambda _row: "Decision",
}


def decisions_need(field: Selected) -> AbstractSet[str]:
    """Return the permissions that a caller needs to read a list of decisions.

    Raises ``Uncommon`` for a field that ``graphql_schema.planning`` has to read, such as a reason or a run.
    """
    needs = set()
    for nodes in _fields(field).values():
        name = nodes[0].name.value
        if name == "rule":
            loader = loader_of(_decision(field), name)
            if loader is None:
                raise Uncommon
            needs |= {loader.permission, *compiled(field.plan, _rule(field), nodes, "q").needs}
        elif name not in _FIELDS:
            raise Uncommon
    return needs


def decisions(field: Selected, alias: str) -> Inside | None:
    """Return the SQL that reads the decisions of each event, and the rule of each decision.

    Raises Uncommon if the request selects the rule of a decision twice.
    """
    plan, first = field.plan, list_limit(field.arguments)
    names = {key: nodes[0].name.value for key, nodes in _fields(field).items()}
    rules = {
        key: shape_of(plan, _rule(field), nodes, "q") for key, nodes in _fields(field).items() if names[key] == "rule"
    }
    if len(rules) > 1:
        # Each selection would need its own join.
        raise Uncommon
    wanted = next(iter(rules.values())).wanted(plan, "q.id") if rules else ColumnSelection(())
    sql = shown_queries.decisions_of_event(wanted, f"{alias}.id", first)

    def complete(texts: Sequence[str | None]) -> list[object]:
        found = [sorted(map(_read, rows_of(text)), key=lambda row: in_order(*row.sorts)) for text in texts]
        rows = [row for some in found for row in some]
        below = [
            iter(shape.complete(plan, [row.rule for row in rows if row.rule is not None])) for shape in rules.values()
        ]

        def value(name: str, row: _DecisionColumns) -> object:
            if name != "rule":
                return _FIELDS[name](row)
            return next(below[0]) if row.rule is not None else None

        shown = iter([{key: value(name, row) for key, name in names.items()} for row in rows])
        return [[next(shown) for _ in some] for some in found]

    return None if sql is None else Inside(sql, complete)


def _read(row: Sequence[DatabaseValue]) -> _DecisionColumns:
    rule_id, standing, place, priority, verdict, version, decided_at, *rule = row
    *_, last = row
    sorts = (rule_id, standing, place, priority)
    return _DecisionColumns(sorts, verdict, version, decided_at, None if last is None else rule)


def _fields(field: Selected) -> dict[str, list[FieldNode]]:
    return fields_below(field.plan, _decision(field), field.nodes)


def _decision(field: Selected) -> GraphQLObjectType:
    if not isinstance(field.type, GraphQLObjectType):
        raise Uncommon
    return field.type


def _rule(field: Selected) -> GraphQLObjectType:
    kind = field.plan.schema.type_map["RuleSpec"]
    if not isinstance(kind, GraphQLObjectType):
        raise Uncommon
    return kind
