"""A measured tenant: its rule, its workflow, its backlog. Runs inside the bench's own Django."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from automate.events.services import NewEvent, record_events
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.outbox import claims
from automate.rules.services import save_rule
from automate.workflows.services import publish_workflow, save_workflow
from bench.tenant_payload import PAYLOAD
from tenants.directory import tenant_by_id
from tenants.plans import STANDARD_PLAN
from tenants.provisioning import create_spare_schema
from tenants.services import upsert_tenants
from tenants.specs import TenantSpec

CHUNK = 500
WIDE = """UPDATE budget SET "limit" = 10000 WHERE tenant_id = %s AND metric = 'concurrent_runs' RETURNING id"""


def make_tenant(slug: str, plan: str = STANDARD_PLAN) -> TenantRef:
    create_spare_schema()
    with acting_for_platform("a tenant for the bench"):
        (made,) = upsert_tenants(
            [TenantSpec(external_id=slug, slug=slug, name=slug, plan=plan, allowed_networks=("127.0.0.0/8",))]
        )
        # The budget is enforced for each run, and large enough that only the machine limits the runs.
        fetch(WIDE, [made.tenant_id])
    return tenant_by_id(made.tenant_id).ref


def log_step(key: str) -> JsonObject:
    return {
        "key": key,
        "uses": "log.write",
        "with": {"level": "debug", "message": "order {{ event.payload.order.id }}"},
    }


def post_step(key: str, url: str) -> JsonObject:
    body: JsonObject = {"order": "{{ event.payload.order.id }}", "amount": "{{ event.payload.order.amount }}"}
    return {"key": key, "uses": "http.request", "with": {"method": "POST", "url": url, "json": body}}


def set_up(tenant: TenantRef, name: str, steps: Sequence[JsonValue], *, concurrency: JsonValue = None) -> None:
    """Create a workflow that runs only for events of type ``bench.NAME``."""
    definition: JsonObject = {"schema": 1, "steps": list(steps)}
    if concurrency is not None:
        definition["concurrency"] = concurrency
    with acting_for(tenant):
        save_workflow(slug=name, name=name, definition=definition, expected_revision=None)
        publish_workflow(slug=name)
        save_rule(
            slug=name, name=name, workflow=name, when={"==": [{"var": "type"}, f"bench.{name}"]}, expected_revision=None
        )


def close_lane(tenant: TenantRef, *, paused: bool) -> None:
    with acting_for_platform("hold a backlog back"):
        claims.set_lane(tenant.id, weight=1, paused=paused)


def accept(tenant: TenantRef, name: str, count: int, payloads: Sequence[JsonValue] = ()) -> list[uuid.UUID]:
    """Ingest events by the platform's own service. payloads: one for each event, if they differ from PAYLOAD."""
    bodies = [orjson.dumps(payload) for payload in payloads] or [orjson.dumps(PAYLOAD)] * count
    with acting_for(tenant):
        ((source_id,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        ids: list[uuid.UUID] = []
        for start in range(0, count, CHUNK):
            events = [
                NewEvent(source_id=source_id, type=f"bench.{name}", body=body, trace_id=uuid.uuid4().hex)
                for body in bodies[start : start + CHUNK]
            ]
            ids.extend(ingested.event_id for ingested in record_events(events, audited=False))
    return ids
