"""Rows of a tenant, written straight into its tables: for tests of what reads them. Call them in the tenant's scope."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection

from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import TenantRef, acting_for_platform

TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass(frozen=True)
class Flow:
    """A published workflow and a rule that starts it."""

    workflow: uuid.UUID
    version: uuid.UUID
    rule: uuid.UUID
    slug: str


def flow(slug: str = "notify-sales") -> Flow:
    made = Flow(new_id(), new_id(), new_id(), slug)
    definition = json.dumps({"schema": 1, "steps": [{"key": "post", "uses": "log.write", "with": {}}]})
    execute(
        "INSERT INTO workflow (id, slug, name, enabled, definition, problems, revision, current_version_id,"
        " created_at, updated_at) VALUES (%s, %s, 'Notify', true, %s::jsonb, '[]', 1, %s, now(), now())",
        [made.workflow, slug, definition, made.version],
    )
    execute(
        "INSERT INTO workflow_version (id, workflow_id, number, definition, checksum, published_at, published_by)"
        " VALUES (%s, %s, 1, %s::jsonb, %s, now(), 'test')",
        [made.version, made.workflow, definition, hashlib.sha256(definition.encode()).hexdigest()],
    )
    execute(
        'INSERT INTO rule_spec (id, slug, name, enabled, priority, "when", warnings, workflow_id, revision,'
        " created_at, updated_at) VALUES (%s, %s, 'Big', true, 0, 'true', '[]', %s, 1, now(), now())",
        [made.rule, f"{slug}-rule", made.workflow],
    )
    return made


def event(
    payload: Any = None, *, kind: str = "order.created", source: str = "api", headers: dict[str, str] | None = None
) -> uuid.UUID:
    row_id, body = new_id(), json.dumps(payload if payload is not None else {"n": 42}).encode()
    ((source_id,),) = fetch("SELECT id FROM source WHERE slug = %s", [source])
    execute(
        "INSERT INTO event (id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256,"
        " trace_id, depth, actor_kind, actor_name, occurred_at, received_at)"
        " VALUES (%s, %s, %s, '', %s, %s, %s, %s, %s, 0, 'api_token', 'test', now(), now())",
        [
            row_id,
            source_id,
            kind,
            f"key-{row_id}",
            json.dumps(headers or {}),
            len(body),
            hashlib.sha256(body).hexdigest(),
            TRACE,
        ],
    )
    execute("INSERT INTO event_payload (event_id, body) VALUES (%s, %s)", [row_id, body])
    return row_id


def run(made: Flow, of_event: uuid.UUID, *, state: str = "succeeded", steps: int = 3) -> uuid.UUID:
    """A run of the flow for an event, with its steps, the rule's decision, and its log."""
    row_id = new_id()
    final = state in ("succeeded", "failed", "cancelled", "timed_out")
    execute(
        "INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, rule_id, origin_id, state,"
        " state_reason, trace_id, depth, step_count, created_at, started_at, finished_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, '', %s, 1, %s, now(), now(), CASE WHEN %s THEN now() END)",
        [row_id, made.workflow, made.version, of_event, made.rule, row_id, state, TRACE, steps, final],
    )
    for place in range(steps):
        execute(
            "INSERT INTO step_run (id, run_id, key, item, attempt, state, started_at, finished_at)"
            " VALUES (%s, %s, %s, -1, 1, 'succeeded', now() + make_interval(secs => %s), now())",
            [new_id(), row_id, f"step_{place}", float(place)],
        )
    execute(
        "INSERT INTO rule_match (id, event_id, rule_set_version, rules, decided_at) VALUES (%s, %s, 1, 1, now())"
        " ON CONFLICT DO NOTHING",
        [new_id(), of_event],
    )
    execute(
        "INSERT INTO decision (id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, decided_at)"
        " VALUES (%s, %s, %s, 1, 'matched', '', '[]', %s, now())",
        [new_id(), of_event, made.rule, row_id],
    )
    return row_id


def transition(made: Flow, of_run: uuid.UUID, from_state: str, to_state: str) -> None:
    """A row of the run log, under the current transaction."""
    execute(
        "INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_key, from_state, to_state, reason, occurred_at)"
        " VALUES (pg_current_xact_id()::text::bigint, 1, %s, %s, '', %s, %s, '', now())",
        [of_run, made.workflow, from_state, to_state],
    )


def effect(of_run: uuid.UUID, *, ago: float = 0.0, state: str = "confirmed", **columns: Any) -> uuid.UUID:
    """A row of the ledger, whose last try was written down so many seconds ago; its id. columns: any others."""
    key = hashlib.sha256(new_id().bytes).hexdigest()
    values = {"connector": "http.request", "target": "api.example", "step_key": "charge", "resolution": None} | columns
    execute(
        "INSERT INTO effect (key, run_id, step_key, item, connector, effect, state, request, target, tries, former,"
        " response_sha256, external_id, code, lookups, resolution, intended_at)"
        " VALUES (%(key)s, %(run)s, %(step_key)s, -1, %(connector)s, 'unsafe', %(state)s, '{\"input\": {}}', %(target)s, 1, '[]',"
        " '', '', '', 0, %(resolution)s::jsonb, now() - make_interval(secs => %(ago)s))",
        {"key": key, "run": of_run, "state": state, "ago": ago, **values},
    )
    return uuid.UUID(key[:32])


def suspend_and_revoke(suspended: TenantRef, revoked: TenantRef) -> None:
    """Turn out whoever is connected: a whole tenant, and the tokens of another. In a thread of its own."""
    from tenants.models import ApiToken
    from tenants.services import suspend_tenant

    with acting_for_platform("a test"):
        suspend_tenant(suspended.slug, "unpaid")
        ApiToken.objects.filter(tenant_id=revoked.id).delete()
    connection.close()
