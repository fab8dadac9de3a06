"""SQL that reads the fields of rules and decisions without Python objects. Such a read is a straight read."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.queries import rows_of
from automate.kernel.rows import DatabaseValue
from automate.rules import shown_queries
from automate.rules.choices import Verdict
from automate.rules.queries import in_order
from graphql_schema.connections import list_limit
from graphql_schema.planning import Selected
from graphql_schema.straight.columns import Column, Computed, Inside, One, as_it_is, id_of, json_column, named
from graphql_schema.straight.lists import list_shape

RULE_SPEC: Computed = {
    "id": id_of("RuleSpec"),
    "when": json_column('{}."when"'),
    "workflow": One("Workflow", shown_queries.JOIN_WORKFLOW),
}
DECISION: Computed = {
    "verdict": Column("{}.verdict", named(Verdict)),
    "reason": None,
    "rule_set_version": Column("{}.rule_set_version::text", as_it_is),
    "rule": One("RuleSpec", shown_queries.JOIN_RULE),
}


def decisions(field: Selected, alias: str) -> Inside | None:
    """Return the SQL that reads the decisions of each event."""
    first, shape = list_limit(field.arguments), list_shape(field, "d")
    wanted = shape.wanted(field.plan, *shown_queries.SORTS)
    sql = shown_queries.decisions_of_event(wanted, f"{alias}.id", first)

    def complete(texts: Sequence[str | None]) -> list[object]:
        found = [sorted(rows_of(text), key=_place) for text in texts]
        shown = iter(shape.complete(field.plan, [row for some in found for row in some]))
        return [[next(shown) for _ in some] for some in found]

    return None if sql is None else Inside(sql, complete)


def _place(row: Sequence[DatabaseValue]) -> tuple[bool, str, int, str]:
    *_, rule_id, standing, place, priority = row
    return in_order(rule_id, standing, place, priority)
