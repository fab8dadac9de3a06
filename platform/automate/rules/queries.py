"""Rules and what they decided, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from automate.kernel.errors import Json
from automate.kernel.queries import Page, Slice, count_of, page_of
from automate.kernel.sql import fetch

# A page of rules, or some by their ids.
SELECT_RULES = (
    'SELECT r.id, r.slug, r.name, r.enabled, r.priority, r."when", r.workflow_id, r.revision, r.created_at, r.updated_at,'
    " r.paused_at"
    " FROM rule_spec AS r"
)
# The first decisions of each of several events, in the order in which rules were matched.
SELECT_DECISIONS = """
SELECT d.event_id, d.id, d.rule_id, d.rule_set_version, d.verdict, d.reason, d.path, d.run_id, d.decided_at
FROM unnest(%s::uuid[]) AS parent(id)
CROSS JOIN LATERAL (SELECT * FROM decision WHERE event_id = parent.id ORDER BY id LIMIT %s) AS d
ORDER BY d.id
"""


@dataclass(frozen=True)
class RuleRow:
    id: uuid.UUID
    slug: str
    name: str
    enabled: bool
    priority: int
    when: Json
    workflow_id: uuid.UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    paused_at: datetime | None


@dataclass(frozen=True)
class DecisionRow:
    event_id: uuid.UUID
    id: uuid.UUID
    rule_id: uuid.UUID
    rule_set_version: int
    verdict: str
    reason: str
    path: list[str]
    run_id: uuid.UUID | None
    decided_at: datetime


def rule_row(row: Sequence[Any]) -> RuleRow:
    return RuleRow(*[*row[:5], orjson.loads(row[5]), *row[6:]])


def rules_page(part: Slice) -> Page[RuleRow]:
    return page_of(SELECT_RULES, "r.id", part, (), rule_row)


def count_rules() -> int:
    return count_of("rule_spec", ())


def rules_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RuleRow]:
    return {row[0]: rule_row(row) for row in fetch(SELECT_RULES + " WHERE r.id = ANY(%s)", [list(ids)])}


def decisions_of(events: Sequence[uuid.UUID], first: int) -> dict[uuid.UUID, list[DecisionRow]]:
    """The first decisions of each event, in one statement. events may repeat."""
    found: dict[uuid.UUID, list[DecisionRow]] = {event: [] for event in events}
    for row in fetch(SELECT_DECISIONS, [list(found), first]):
        path = [str(part) for part in orjson.loads(row[6])]
        found[row[0]].append(DecisionRow(*[*row[:6], path, *row[7:]]))
    return found
