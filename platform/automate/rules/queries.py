"""Rules and their decisions, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

import orjson
from django.db.models import QuerySet

from automate.kernel.json_values import JsonValue
from automate.kernel.models import whether
from automate.kernel.queries import RowReader, rows_by_id
from automate.kernel.sql import fetch
from automate.rules.models import RuleSpec

Id = TypeVar("Id", str, uuid.UUID)
# Conditions by row of the history.
SELECT_STANDING = 'SELECT id, "when"::text FROM rule_history WHERE id = ANY (%s)'
# Conditions by rule and version of the rule set.
SELECT_STOOD = """
SELECT asked.rule_id, asked.version, h."when"::text FROM unnest(%s::uuid[], %s::bigint[]) AS asked(rule_id, version)
JOIN rule_history h ON h.rule_id = asked.rule_id
    AND h.from_version <= asked.version AND (h.to_version IS NULL OR h.to_version > asked.version)
"""


@dataclass(frozen=True)
class RuleRow:
    id: uuid.UUID
    slug: str
    name: str
    enabled: bool
    priority: int
    when: JsonValue
    workflow_id: uuid.UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    paused_at: datetime | None
    warnings: JsonValue
    options: JsonValue


rule_row = RowReader(RuleRow, "r", {"when": 'r."when"'}, when=orjson.loads, warnings=orjson.loads, options=orjson.loads)
RULES: QuerySet[RuleSpec] = QuerySet(RuleSpec).alias(paused=whether(paused_at__isnull=False))
# Rules by id or slug.
SELECT_RULES = f"SELECT {rule_row.columns} FROM rule_spec AS r"


@dataclass(frozen=True)
class RuleDecisionRow:
    """A rule's decision about an event. If the rule was evaluated, the decision is stored. Otherwise it is derived."""

    event_id: uuid.UUID
    rule_id: uuid.UUID
    rule_set_version: int
    verdict: str
    reason: str
    path: list[str]
    run_id: uuid.UUID | None
    decided_at: datetime
    standing: int | None
    """Set for a rule that was not evaluated: the id of the rule's row in the history. The reason and the path are
    derived from this row.
    """
    window_id: uuid.UUID | None


def _path(text: str) -> list[str]:
    return [str(part) for part in orjson.loads(text)]


_NOT_STORED = {"standing": "NULL::bigint"}
decision_row = RowReader(RuleDecisionRow, "d", _NOT_STORED, path=_path)
# The decision about a rule that was not evaluated. Columns that are not listed are null.
_DERIVED = {
    "event_id": "m.event_id",
    "rule_id": "h.rule_id",
    "rule_set_version": "m.rule_set_version",
    "verdict": "'unmatched'",
    "reason": "''",
    "path": "'[]'::jsonb",
    "decided_at": "m.decided_at",
    "standing": "h.id",
}
_COLUMNS = [field.name for field in fields(RuleDecisionRow)]
# The first decisions of the event ``parent``: first the stored ones in the order of matching, then one for each rule in force
# that was not evaluated, up to the limit.
DECISIONS_OF_PARENT = f"""
    (SELECT {", ".join(f"{_NOT_STORED.get(name, name)} AS {name}" for name in _COLUMNS)}, id AS place, 0 AS priority
     FROM decision WHERE event_id = parent.id ORDER BY id LIMIT %(first)s)
    UNION ALL
    (SELECT {", ".join(_DERIVED.get(name, "NULL") for name in _COLUMNS)}, m.id, h.priority
     FROM (SELECT * FROM rule_match WHERE event_id = parent.id ORDER BY id LIMIT %(first)s) AS m
     CROSS JOIN LATERAL (
         SELECT h.id, h.rule_id, h.priority FROM rule_history h
         WHERE h.enabled AND h.from_version <= m.rule_set_version
           AND (h.to_version IS NULL OR h.to_version > m.rule_set_version)
           AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.event_id = parent.id AND d.rule_id = h.rule_id
                           AND d.rule_set_version = m.rule_set_version)
         ORDER BY h.priority DESC, h.rule_id LIMIT %(first)s
     ) AS h
     ORDER BY m.id, h.priority DESC, h.rule_id
     LIMIT greatest(0, %(first)s - (
         SELECT count(*) FROM (SELECT 1 FROM decision WHERE event_id = parent.id LIMIT %(first)s) AS written)))
"""
# The same for several events.
SELECT_DECISIONS = f"""
SELECT d.* FROM unnest(%(events)s::uuid[]) AS parent(id)
CROSS JOIN LATERAL ({DECISIONS_OF_PARENT}) AS d
"""
SELECT_DECISION = f"""
SELECT {decision_row.columns}
FROM decision d JOIN rule_spec r ON r.id = d.rule_id
WHERE d.event_id = %s AND r.slug = %s ORDER BY d.rule_set_version DESC LIMIT 1
"""


def rules_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RuleRow]:
    return rows_by_id(rule_row, SELECT_RULES + " WHERE r.id = ANY(%s)", ids)


def rules_of_workflow(workflow_id: uuid.UUID, most: int) -> list[RuleRow]:
    """Return the rules that start a workflow, oldest first."""
    return [
        rule_row(row)
        for row in fetch(SELECT_RULES + " WHERE r.workflow_id = %s ORDER BY r.id LIMIT %s", [workflow_id, most])
    ]


def rule_by_slug(slug: str) -> RuleRow | None:
    rows = fetch(SELECT_RULES + " WHERE r.slug = %s", [slug])
    return rule_row(rows[0]) if rows else None


def decisions_of(events: Sequence[uuid.UUID], first: int) -> dict[uuid.UUID, list[RuleDecisionRow]]:
    """Read at most ``first`` decisions about each event. Decisions of evaluated rules come first."""
    found: dict[uuid.UUID, list[RuleDecisionRow]] = {event: [] for event in events}
    rows = fetch(SELECT_DECISIONS, {"events": list(found), "first": first})
    placed = []
    for *columns, place, priority in rows:
        row = decision_row(columns)
        placed.append((in_order(row.rule_id, row.standing, place, priority), row))
    for _, row in sorted(placed, key=itemgetter(0)):
        found[row.event_id].append(row)
    return found


def in_order(rule_id: Id, standing: int | None, place: Id, priority: int) -> tuple[bool, Id, int, Id]:
    """Return the sort key of a decision. Sorting by this key results in the order of ``decisions_of``."""
    return standing is not None, place, -priority, rule_id if standing is not None else place


def decision_about(event: uuid.UUID, slug: str) -> RuleDecisionRow | None:
    """Return the latest stored decision that a rule made on an event."""
    rows = fetch(SELECT_DECISION, [event, slug])
    return decision_row(rows[0]) if rows else None


def conditions_as_they_stood(standing: Sequence[int]) -> dict[int, JsonValue]:
    return {row_id: orjson.loads(when) for row_id, when in fetch(SELECT_STANDING, [list(standing)])}


def conditions_under(asked: Sequence[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], JsonValue]:
    """Read the condition that each rule had in a version of the rule set.

    ``asked`` contains pairs of a rule's id and a version of the rule set.
    """
    wanted = list(dict.fromkeys(asked))
    rows = fetch(SELECT_STOOD, [[rule for rule, _ in wanted], [version for _, version in wanted]])
    return {(rule, version): orjson.loads(when) for rule, version, when in rows}
