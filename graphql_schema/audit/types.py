"""AuditEntry: who did what to which object, and when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import strawberry

from automate.audit.queries import EntryRow
from graphql_schema.connections import Node
from graphql_schema.ids import global_id
from graphql_schema.scalars import JSON

TYPES: Mapping[str, str] = {
    "api_token": "ApiToken",
    "approval": "Approval",
    "backtest": "Backtest",
    "budget": "Budget",
    "bulk_operation": "BulkOperation",
    "circuit_breaker": "CircuitBreaker",
    "delivery": "Delivery",
    "effect": "Effect",
    "event": "Event",
    "execution_run": "ExecutionRun",
    "outbox_job": "OutboxJob",
    "rule_spec": "RuleSpec",
    "schedule": "Schedule",
    "source": "Source",
    "tenant": "Tenant",
    "webhook_endpoint": "WebhookEndpoint",
    "workflow": "Workflow",
}
"""Kind of an object in the record -> its type in the schema, for kinds that have one."""


@strawberry.enum(
    description="The kind of a caller. API_TOKEN: a token of the tenant. END_USER: the holder of an approval's link. "
    "MEMBER: a person who is signed in. "
    "OPERATOR: the platform, with a token of its own. SYSTEM: a process of the platform, without a caller."
)
class PrincipalKind(Enum):
    API_TOKEN = "api_token"  # noqa: S105 - a kind of caller
    END_USER = "end_user"
    MEMBER = "member"
    OPERATOR = "operator"
    SYSTEM = "system"


@strawberry.type(description="The caller that acted.")
class AuditActor:
    kind: PrincipalKind
    id: str = strawberry.field(description="Tells callers of the same name apart; empty for the system.")
    name: str


@strawberry.type(description="The object of an act.")
class AuditObject:
    kind: str = strawberry.field(description="Such as workflow, source or execution_run.")
    id: strawberry.ID = strawberry.field(description="The object's global id, where its kind has one.")
    label: str = strawberry.field(description="The object's slug or name at that time; may be empty.")


@strawberry.type(description="The signed batch that an entry belongs to.")
class AuditSeal:
    number: int = strawberry.field(description="Counts the tenant's batches, without a gap.")
    root: str = strawberry.field(description="The Merkle root over the batch's hashes, as 64 hexadecimal digits.")
    previous_hash: str = strawberry.field(description="The hash of the seal before it, as 64 hexadecimal digits.")


@strawberry.type(
    description="One act: of a caller of the tenant, or of the platform upon the tenant. It never changes."
)
class AuditEntry(Node):
    at: datetime
    actor: AuditActor
    action: str = strawberry.field(description="A noun and a verb, such as workflow.publish.")
    object: AuditObject
    changes: JSON = strawberry.field(description="{field: [before, after]}, without secrets.")
    trace_id: str
    hash: str = strawberry.field(
        description="SHA-256 over all fields but `seal`, as 64 hexadecimal digits. `automate audit verify` recomputes it."
    )
    seal: AuditSeal | None = strawberry.field(description="Null until the entry is sealed.")


def entry_of(row: EntryRow) -> AuditEntry:
    return AuditEntry(
        id=strawberry.ID(global_id("AuditEntry", row.id)),
        at=row.at,
        actor=AuditActor(kind=PrincipalKind(row.actor_kind), id=row.actor_id, name=row.actor_name),
        action=row.action,
        object=AuditObject(
            kind=row.object_kind, id=strawberry.ID(object_id(row.object_kind, row.object_id)), label=row.object_label
        ),
        changes=JSON(row.changes),
        trace_id=row.trace_id,
        hash=row.hash,
        seal=None,
    )


def object_id(kind: str, stored: str) -> str:
    """The global id of an object; the stored text for a kind without one."""
    return global_id(TYPES[kind], uuid.UUID(stored)) if kind in TYPES else stored
