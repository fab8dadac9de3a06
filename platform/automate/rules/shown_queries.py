"""Reads rules as tuples of the wanted columns. Ids are text."""

from __future__ import annotations

from automate.kernel.queries import ColumnSelection, rows_inside
from automate.rules.queries import DECISIONS_OF_PARENT

RULES = "rule_spec AS q"
_SORTS = ("d.rule_id", "d.standing", "d.place", "d.priority")
JOIN_WORKFLOW = " LEFT JOIN workflow AS {new} ON {new}.id = {old}.workflow_id"


def decisions_of_event(rule: ColumnSelection, event: str, first: int) -> str | None:
    """Return the SQL of one column that contains at most ``first`` decisions about an event, as JSON.

    Return None if the wanted columns of a decision and of its rule are together too many for a JSON array.
    """
    own = ColumnSelection(
        (*_SORTS, "d.verdict", "d.rule_set_version::text", "d.decided_at"), times=(len(_SORTS) + 2,)
    ).as_json()
    columns = (*own.columns, *rule.as_json().columns)
    decisions = DECISIONS_OF_PARENT.replace("%(first)s", str(int(first)))
    statement = f"SELECT {', '.join(columns)} FROM ({decisions}) AS d LEFT JOIN {RULES} ON q.id = d.rule_id{rule.joins}"
    return rows_inside(len(columns), statement, event)
