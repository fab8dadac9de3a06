"""Reads rules and decisions as tuples of the wanted columns. Ids are text."""

from __future__ import annotations

from automate.kernel.queries import ColumnSelection, rows_inside
from automate.rules.queries import DECISIONS_OF_PARENT

SORTS = ("d.rule_id", "d.standing", "d.place", "d.priority")
"""The columns whose values are the arguments of ``in_order``."""
JOIN_WORKFLOW = " LEFT JOIN workflow AS {new} ON {new}.id = {old}.workflow_id"
# A rule may be deleted before its decisions.
JOIN_RULE = " LEFT JOIN rule_spec AS {new} ON {new}.id = {old}.rule_id"


def decisions_of_event(wanted: ColumnSelection, event: str, first: int) -> str | None:
    """Return the SQL of one column that contains at most ``first`` decisions about an event, as JSON.

    Return None if the wanted columns are too many for a JSON array.
    """
    decisions = DECISIONS_OF_PARENT.replace("%(first)s", str(int(first)))
    return rows_inside(len(wanted.columns), wanted.as_json().of(f"({decisions}) AS d"), event)
