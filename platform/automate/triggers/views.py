"""Webhooks: prove the sender over the raw bytes, commit the event, and only then answer."""

from __future__ import annotations

import time

from django.http import HttpRequest, JsonResponse

from automate.events.models import CONFLICT
from automate.events.services import Ingested, NewEvent, record_events
from automate.kernel.causation import depth_in
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.strict_json import loads
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import current_trace
from automate.triggers.headers import kept_headers
from automate.triggers.schemes import Scheme, identify, verify
from automate.triggers.sources import SourceRecord, find_source

HEADER_OPTIONS = ("header", "timestamp_header")


def receive_webhook(request: HttpRequest, tenant: str, source: str) -> JsonResponse:  # noqa: ARG001 - the middleware's
    """202 ``{event_id, trace_id, outcome}``, 409 for a known key with another body, else a NormalizedError."""
    if request.method != "POST":
        raise NormalizedError("METHOD_NOT_ALLOWED", "Webhooks are sent with POST.", details={"allow": "POST"})
    found = find_source(source)
    if found is None or not found.enabled or not found.takes_webhooks:
        raise NormalizedError("NOT_FOUND", "There is nothing at this URL.")
    (ingested,) = record_events([_event(request, found)], audited=False)
    return _answer(ingested)


def _event(request: HttpRequest, source: SourceRecord) -> NewEvent:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = _bounded_body(request)
    scheme = Scheme(source.scheme)
    verify(scheme, source.opened_secrets(), headers, body, time.time(), source.options)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE", "The body is compressed; send it as it is.", details={"encoding": encoding[:64]}
        )
    identity = identify(scheme, headers, loads(body, max_bytes=LIMITS.event_bytes), source.slug)
    proofs = [str(source.options[option]) for option in HEADER_OPTIONS if source.options.get(option)]
    return NewEvent(
        source_id=source.id,
        type=identity.event_type,
        body=body,
        trace_id=current_trace().trace_id,
        idempotency_key=identity.idempotency_key or "",
        subject=(identity.subject or "")[: LIMITS.text_characters],
        headers=kept_headers(headers, proofs),
        depth=depth_in(headers, current_tenant().id),
    )


def _bounded_body(request: HttpRequest) -> bytes:
    """The raw body. Its length is counted, not believed: a chunked body names none. Raises PAYLOAD_TOO_LARGE."""
    body = request.read(LIMITS.event_bytes + 1)
    if len(body) > LIMITS.event_bytes:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"A webhook's body has at most {LIMITS.event_bytes} bytes; send less, or a link to it.",
            details={"max_bytes": LIMITS.event_bytes},
        )
    return body


def _answer(ingested: Ingested) -> JsonResponse:
    if ingested.outcome == CONFLICT:
        raise NormalizedError(
            "CONFLICT",
            "This delivery's key came before with another body; the first one stands. Send a new key for a new event.",
            details={"event_id": str(ingested.event_id)},
        )
    answer = {"event_id": str(ingested.event_id), "trace_id": ingested.trace_id, "outcome": ingested.outcome}
    return JsonResponse(answer, status=202)
