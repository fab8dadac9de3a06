"""Previews, starts and aborts bulk operations."""

from __future__ import annotations

import hashlib
import struct
import uuid
from datetime import datetime
from functools import partial

from automate.audit import services as audit
from automate.kernel.canonical import canonical_json
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.filters import stored
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.queries import EXACT_COUNT, database_now
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.timestamps import microseconds, timestamp_of
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit
from automate.outbox import claims, progress
from automate.recovery.bulk import queries, transitions
from automate.recovery.bulk.previews import OperationPreview, make_preview
from automate.recovery.bulk.request import FILTERS, BulkRequest, checked
from automate.recovery.once import OperationResult, once
from automate.runs.named_queries import not_there
from automate.runs.states import BULK_ABORTED, BULK_MOVES, BULK_RUNNING

BULK_ADVANCE = "bulk.advance"
"""The topic of its jobs."""

MAX_ATTEMPTS = 5
"""Number of workers that may be lost over a chunk. A single item that ends workers is refused earlier."""
_SEALED = struct.Struct(">32sqI")
"""The content of a previewId: the digest of the request, the time of the preview in microseconds, and the
number of items."""


def preview(request: BulkRequest) -> tuple[OperationPreview, str]:
    """Return a preview of an operation, and an id for ``start``.

    Raises NormalizedError for the same reasons as ``start``.
    """
    asked = checked(request)
    _check_named(asked)
    bounded_at = database_now()
    selection = queries.select(asked.kind, asked.wanted, bounded_at)
    count = queries.count_selected(selection, EXACT_COUNT)
    sealed = _SEALED.pack(_digest(asked), microseconds(bounded_at), count)
    return make_preview(asked, selection, count), _space().seal(sealed)


def start(request: BulkRequest, *, preview_id: str | None = None, idempotency_key: str | None = None) -> uuid.UUID:
    """Start an operation on all items that match its filter, and return its id.

    Raises NOT_FOUND if the filter names an unknown object. Raises LIMIT_EXCEEDED if the number of items exceeds the
    request's ``ceiling``. Raises other NormalizedErrors for an invalid request.
    """
    asked = checked(request)

    def act() -> OperationResult:
        _check_named(asked)
        bounded_at, most = _bound(asked, preview_id)
        total = queries.count_selected(queries.select(asked.kind, asked.wanted, bounded_at), asked.ceiling)
        if total > asked.ceiling:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"More than {asked.ceiling} items match the filter, and `ceiling` does not allow more. Narrow the filter, "
                f"or raise `ceiling` to at most {LIMITS.bulk_items}.",
                details={"limit": "ceiling", "maximum": asked.ceiling},
                path=["ceiling"],
            )
        if most is not None and total > most:
            raise _changed()
        return OperationResult([_begin(asked, bounded_at, total)])

    content = {
        **asked.as_json(),
        "reason": asked.reason,
        "rate": asked.rate,
        "ceiling": asked.ceiling,
        "stopOnErrorRate": asked.stop_on_error_rate,
        "previewId": preview_id,
    }
    return once("startBulkOperation", idempotency_key, content, act).run_ids[0]


def abort(operation_id: uuid.UUID | None, reason: str) -> uuid.UUID:
    """Abort an operation. Processed items are not reverted.

    Raises NOT_FOUND for an unknown operation, and CONFLICT for an operation that has finished, stopped or failed.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)

    def act() -> OperationResult:
        operation = transitions.lock(operation_id) if operation_id is not None else None
        if operation is None:
            raise no_such("bulk operation", "id", "bulkOperations", "operation")
        if operation.state == BULK_ABORTED:
            return OperationResult([operation.id])
        if BULK_ABORTED not in BULK_MOVES[operation.state]:
            raise NormalizedError(
                "CONFLICT",
                f"The operation has already {operation.state}, so it cannot be aborted.",
                details={"state": operation.state},
                path=["operation"],
            )
        transitions.move([operation.id], BULK_ABORTED)
        changes = {
            "state": (BULK_RUNNING, BULK_ABORTED),
            "reason": (None, reason),
            "done": (None, operation.done),
            "skipped": (None, operation.skipped),
            "refused": (None, operation.refused),
        }
        audit.record("bulk.abort", "bulk_operation", operation.id, operation.kind, changes)
        after_commit(partial(progress.publish, operation.id))
        return OperationResult([operation.id])

    return once("abortBulkOperation", None, None, act).run_ids[0]


def _check_named(asked: BulkRequest) -> None:
    # A mistyped name would match nothing, and the operation would seem to succeed.
    unknown = queries.unknown_in(asked.wanted)
    if unknown is None:
        return
    of = FILTERS[asked.kind][0]
    if unknown == "fingerprint":
        words = "No failure has this fingerprint. `failureGroups` lists the fingerprints."
        raise NormalizedError("NOT_FOUND", words, path=[of, unknown])
    raise not_there(unknown, getattr(asked.wanted, unknown), of)


def _begin(asked: BulkRequest, bounded_at: datetime, total: int) -> uuid.UUID:
    operation_id, principal, trace_id = new_id(), current_principal(), current_trace().trace_id
    transitions.insert(
        {
            "id": operation_id,
            "kind": asked.kind,
            "wanted": stored(asked.wanted),
            "options": asked.options(),
            "reason": asked.reason,
            "rate": asked.rate,
            "ceiling": asked.ceiling,
            "stop_on_error_rate": asked.stop_on_error_rate,
            "bounded_at": bounded_at,
            "total": total,
            "principal_kind": principal.kind,
            "principal_id": principal.id,
            "principal_name": principal.name,
            "principal_role": principal.role,
            "principal_person": principal.person or None,
            "trace_id": trace_id,
        }
    )
    jobs = [(operation_id, operation_id, trace_id)]
    claims.enqueue(current_tenant().id, BULK_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS)
    changes = {
        "filter": (None, stored(asked.wanted)),
        "total": (None, total),
        "rate": (None, asked.rate),
        "ceiling": (None, asked.ceiling),
        "stopOnErrorRate": (None, asked.stop_on_error_rate),
        "options": (None, asked.options()),
        "reason": (None, asked.reason),
    }
    audit.record("bulk.start", "bulk_operation", operation_id, asked.kind, changes)
    return operation_id


def _bound(asked: BulkRequest, preview_id: str | None) -> tuple[datetime, int | None]:
    # The number is None without a preview, or if it is above EXACT_COUNT.
    if preview_id is None:
        return database_now(), None
    try:
        digest, at, count = _SEALED.unpack(_space().open(preview_id))
    except (NormalizedError, struct.error):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "This previewId is invalid. Pass the previewId that previewBulkOperation returned.",
            path=["previewId"],
        ) from None
    if digest != _digest(asked):
        raise _changed()
    return timestamp_of(at), count if count <= EXACT_COUNT else None


def _changed() -> NormalizedError:
    return NormalizedError(
        "CONFLICT",
        "This preview cannot be used, because it belongs to another request or because more items match now. Preview the operation again.",
        path=["previewId"],
    )


def _digest(asked: BulkRequest) -> bytes:
    return hashlib.sha256(canonical_json(asked.as_json())).digest()


def _space() -> CursorSpace:
    return CursorSpace("previewBulkOperation", current_tenant().id.hex)
