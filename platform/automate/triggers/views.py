"""The view that receives webhooks."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.http import HttpRequest, JsonResponse

from automate.audit.tallies import TalliedAction, note
from automate.events.models import CONFLICT, NEW
from automate.events.services import IngestResult, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import current_principal
from automate.kernel.tenancy import current_tenant
from automate.triggers.queries import SourceRecord, find_source
from automate.triggers.rates import admit, admit_others
from automate.triggers.receiving import Understood, Webhook, check_size, note_use, prove, understand
from automate.triggers.rejected_deliveries import conflict, keep_refused, keep_repeats
from automate.triggers.wrong_signatures import UNPROVED, wrong_signatures


def receive_webhook(request: HttpRequest, tenant: str, source: str) -> JsonResponse:  # noqa: ARG001 - the middleware's
    """Receive one webhook.

    Answers 202 with ``{event_id, trace_id, outcome}``, or with ``{events: […]}`` for a batch. Slack's URL verification
    gets 200 with ``{challenge}``.

    Raises METHOD_NOT_ALLOWED unless the method is POST. Raises NOT_FOUND if no enabled source receives webhooks here. Raises
    CONFLICT (409) if another event has the same idempotency key. Raises other errors for an invalid request.
    """
    if request.method != "POST":
        raise NormalizedError(
            "METHOD_NOT_ALLOWED",
            "This URL receives webhooks. Send the webhook with the method POST.",
            details={"allow": "POST"},
        )
    found = find_source(source)
    if found is None or not found.enabled or not found.takes_webhooks:
        raise NormalizedError("NOT_FOUND", "Nothing exists at this URL. Check the URL.")
    webhook = _webhook(request, found)
    address = request.META.get("REMOTE_ADDR", "")
    try:
        understood, taken = _taken_in(found, webhook)
    except NormalizedError as refusal:
        act = _refused(found, refusal, address)
        if refusal.code in UNPROVED:
            wrong_signatures.failed(request.path_info, address, act)
        if not is_ours(refusal):
            note(act)
        raise
    wrong_signatures.proved(request.path_info, address)
    if understood.challenge is not None:
        return JsonResponse({"challenge": understood.challenge})
    if any(one.outcome != NEW for one in taken):
        keep_repeats(found, webhook, understood, taken)
    if understood.batch:
        return JsonResponse({"events": [_event_fields(one) for one in taken]}, status=202)
    (ingested,) = taken
    if ingested.outcome == CONFLICT:
        raise conflict(ingested)
    return JsonResponse(_event_fields(ingested), status=202)


def _refused(source: SourceRecord, refusal: NormalizedError, address: str) -> TalliedAction:
    return TalliedAction(
        "source.refuse_webhook",
        current_tenant().id,
        current_principal(),
        refusal.code,
        address,
        object_kind="source",
        object_id=str(source.id),
        object_label=source.slug,
    )


def _webhook(request: HttpRequest, source: SourceRecord) -> Webhook:
    # Reads one byte above the limit, to detect a large body. A chunked body declares no length.
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Webhook(headers, request.read(source.intake.max_bytes + 1), time.time())


def _taken_in(source: SourceRecord, webhook: Webhook) -> tuple[Understood, Sequence[IngestResult]]:
    # A refused webhook is stored as rejected.
    version = None
    try:
        check_size(len(webhook.body), source.intake)
        version = prove(source, webhook)
        # After verification: unsigned requests must not use up the rate of the real sender.
        admit(source.id, source.intake.rate_limit)
        understood = understand(source, webhook, version)
        admit_others(source.id, len(understood.events), source.intake.rate_limit)
        taken = record_events(understood.events, audited=False, repeats_recorded=False, refusable=True)
    except NormalizedError as refusal:
        if not is_ours(refusal):
            keep_refused(source, webhook, refusal, version)
        raise
    note_use(source.id, version)
    return understood, taken


def _event_fields(ingested: IngestResult) -> dict[str, JsonValue]:
    return {"event_id": str(ingested.event_id), "trace_id": ingested.trace_id, "outcome": ingested.outcome}
