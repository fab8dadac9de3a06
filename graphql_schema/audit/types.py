"""The type AuditEntry."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import strawberry
import strawberry_django

from automate.audit import models
from automate.audit.choices import PrincipalKind
from automate.audit.rows import EntryRow
from graphql_schema.connections import Node
from graphql_schema.copying import copier
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
"""Maps the kind of an object in the audit record to its GraphQL type, if it has one."""


@strawberry.type(description="The caller that acted.")
class AuditActor:
    kind: PrincipalKind = strawberry.field(description="The kind of the caller.")
    id: str = strawberry.field(
        description="The id of the caller, because several callers can have the same name. Empty for the system."
    )
    name: str = strawberry.field(description="The name of the caller at that time.")


@strawberry.type(description="The object that the caller acted on.")
class AuditObject:
    kind: str = strawberry.field(description="The kind, such as workflow, source or execution_run.")
    id: strawberry.ID = strawberry.field(description="The object's global id, if its kind has one.")
    label: str = strawberry.field(description="The object's slug or name at that time; may be empty.")


@strawberry.type(description="A seal: one signed batch of audit entries.")
class AuditSeal:
    number: int = strawberry.field(description="The number of the tenant's batch. The numbers have no gaps.")
    root: str = strawberry.field(description="The Merkle root over the batch's hashes, as 64 hexadecimal digits.")
    previous_hash: str = strawberry.field(description="The hash of the previous seal, as 64 hexadecimal digits.")


@strawberry_django.type(
    models.AuditEntry,
    description="One act of a caller of the tenant, or one act of the platform on the tenant. Entries never change.",
)
class AuditEntry(Node):
    at: strawberry.auto
    actor: AuditActor = strawberry.field(description="The caller that acted.")
    action: strawberry.auto
    object: AuditObject = strawberry.field(description="The object that the caller acted on.")
    changes: strawberry.auto
    trace_id: strawberry.auto
    hash: strawberry.auto
    seal: AuditSeal | None = strawberry.field(
        description="The signed batch that contains the entry. Null until the entry is sealed."
    )


_audit_entry = copier(AuditEntry, EntryRow, "id", "actor", "object", "changes", "seal")


def entry_of(row: EntryRow) -> AuditEntry:
    return _audit_entry(
        row,
        id=strawberry.ID(global_id("AuditEntry", row.id)),
        actor=AuditActor(kind=PrincipalKind(row.actor_kind), id=row.actor_id, name=row.actor_name),
        object=AuditObject(
            kind=row.object_kind, id=strawberry.ID(object_id(row.object_kind, row.object_id)), label=row.object_label
        ),
        changes=JSON(row.changes),
        seal=None,
    )


def object_id(kind: str, stored: str) -> str:
    """Return the global id of an object that an audit entry names.

    Returns ``stored`` unchanged if the kind has no global ids, or if ``stored`` is no UUID. In older entries
    about effects, ``stored`` is the key of the effect. These keys remain, because audit entries never change.
    """
    if kind not in TYPES:
        return stored
    try:
        return global_id(TYPES[kind], uuid.UUID(stored))
    except ValueError:
        return stored
