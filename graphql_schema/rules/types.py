"""RuleSpec, and what rules decided."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from automate.rules.queries import DecisionRow, RuleRow
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.ids import global_id
from graphql_schema.planning import taken
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.workflows.types import Workflow


@strawberry.enum
class Verdict(Enum):
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    TYPE_ERROR = "type_error"
    TOO_EXPENSIVE = "too_expensive"
    DISABLED = "disabled"
    SUPPRESSED = "suppressed"


@strawberry.type(description="Which events start which workflow.")
class RuleSpec(Node):
    slug: str
    name: str
    enabled: bool = strawberry.field(description="Whether events are matched against it at all.")
    paused_at: datetime | None = strawberry.field(
        description="Since when what it starts waits to begin; null while it does not."
    )
    priority: int
    when: JSON = strawberry.field(description="JsonLogic over type, source, subject, payload, headers, occurred_at.")
    revision: int
    created_at: datetime
    updated_at: datetime
    row: strawberry.Private[RuleRow]

    @strawberry.field
    def workflow(self, info: Info) -> Workflow:
        return taken(self, info)


@strawberry.type(description="What one rule said of one event. Written once.")
class Decision:
    verdict: Verdict
    reason: str
    path: list[str] = strawberry.field(description="Where in the rule the verdict was settled, outermost first.")
    rule_set_version: BigInt
    decided_at: datetime
    row: strawberry.Private[DecisionRow]
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field(description="Null when the rule has been deleted since.")
    def rule(self, info: Info) -> RuleSpec | None:
        return taken(self, info)


@strawberry.type(description="What a condition says of an event, over its redacted values.")
class RuleExplanation:
    matched: bool
    verdict: Verdict
    sentence: str
    tree: JSON = strawberry.field(
        description="A node: op, path into the condition, value, matched, evaluated, turns, error, children."
    )


def rule_of(row: RuleRow) -> RuleSpec:
    return RuleSpec(
        id=strawberry.ID(global_id("RuleSpec", row.id)),
        slug=row.slug,
        name=row.name,
        enabled=row.enabled,
        paused_at=row.paused_at,
        priority=row.priority,
        when=row.when,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        row=row,
    )


def decision_of(row: DecisionRow) -> Decision:
    return Decision(
        verdict=Verdict(row.verdict),
        reason=row.reason,
        path=row.path,
        rule_set_version=BigInt(row.rule_set_version),
        decided_at=row.decided_at,
        row=row,
    )
