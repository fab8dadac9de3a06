"""Bulk operations on a plane: many runs that failed alike, and an operation upon them."""

from __future__ import annotations

import uuid
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.trace import new_trace, tracing
from automate.recovery.bulk import queries, services
from automate.recovery.bulk.queries import OperationRow
from automate.recovery.bulk.request import BulkRequest as Request
from automate.recovery.bulk.request import EventsFilter, JobsFilter, RunsFilter
from tests.support.plane import Plane, Published, Scripted

OPERATOR = Principal(kind="api_token", name="ada's token", id="7", role="operator")
FILTERS = {"REPLAY": EventsFilter, "REDRIVE": JobsFilter}


def one_step(plane: Plane, scripted: Scripted, slug: str = "one") -> Published:
    return plane.publish(slug, [{"key": "call", "uses": scripted.name, "with": {"n": "{{ event.payload.n }}"}}])


def request(kind: str, *, wanted: dict[str, Any] | None = None, **options: Any) -> Request:
    return Request(kind, FILTERS.get(kind, RunsFilter)(**(wanted or {})), **{"rate": 1_000, **options})


def start(plane: Plane, kind: str, *, preview: str | None = None, key: str | None = None, **options: Any) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(OPERATOR), tracing(new_trace()):
        return services.start(request(kind, **options), preview_id=preview, idempotency_key=key)


def refusal(plane: Plane, kind: str, **options: Any) -> NormalizedError:
    try:
        start(plane, kind, **options)
    except NormalizedError as error:
        return error
    raise AssertionError("it was not refused")


def abort(plane: Plane, operation: uuid.UUID) -> None:
    with acting_for(plane.tenant), acting_as(OPERATOR):
        services.abort(operation, "enough")


def read(plane: Plane, operation: uuid.UUID) -> OperationRow:
    with acting_for(plane.tenant):
        return queries.operations_by_id([operation])[operation]


def numbers(plane: Plane, operation: uuid.UUID) -> tuple[str, int, int, int, int]:
    row = read(plane, operation)
    return row.state, row.total, row.done, row.skipped, row.refused


def outcomes(plane: Plane, operation: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    return plane.rows("SELECT item_id, outcome FROM bulk_item WHERE operation_id = %s ORDER BY id", operation)


def to_its_end(plane: Plane, operation: uuid.UUID, *, seconds: float = 1) -> None:
    """Work until the operation has ended; its pauses pass at once."""
    for _ in range(400):
        plane.work()
        if read(plane, operation).finished_at is not None:
            return
        plane.root.pass_seconds(seconds)
    raise AssertionError(f"not ended: {numbers(plane, operation)}")


def failed_runs(plane: Plane, made: Published, count: int, *, state: str = "failed") -> list[uuid.UUID]:
    """Rows of runs that have ended, oldest first, each with an event of its own."""
    assert made.version is not None
    events = plane.send(*({"n": n} for n in range(count)), kind="past")
    plane.root.execute("DELETE FROM public.outbox_job WHERE id = ANY (%s)", events)
    runs = [new_id() for _ in events]
    with acting_for(plane.tenant):
        execute(
            "INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, rule_id, origin_id, state,"
            " state_reason, error, fingerprint, trace_id, depth, step_count, created_at, started_at, finished_at)"
            " SELECT run, %s, %s, event, %s, run, %s, 'CONNECTOR_REFUSED',"
            """ '{"code": "CONNECTOR_REFUSED", "message": "by row", "details": {}}', %s, %s, 1, 1, now(), now(), now()"""
            " FROM unnest(%s::uuid[], %s::uuid[]) AS m (run, event)",
            [made.workflow, made.version, made.rule, state, uuid.UUID(int=7), "ab" * 16, runs, events],
        )
    return runs
