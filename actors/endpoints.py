"""Reads the endpoints of ``webhook.send`` before the calls start. Connectors themselves do not use the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import structlog
from django.db import Error, connection

from actors.connectors.base import Connector
from actors.connectors.registry import CONNECTORS
from actors.connectors.webhook.connector import WebhookSend
from actors.connectors.webhook.errors import GONE, unreadable
from automate.endpoints.queries import target_of
from automate.endpoints.receiver import WebhookReceiver
from automate.endpoints.services import begin_deliveries, disable_gone
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_integer, as_object, as_text
from automate.kernel.large import opened
from automate.runs.step_call import StepCall, StepResult

log = structlog.get_logger(__name__)

_NAME = WebhookSend.spec.name


def with_connectors(calls: Sequence[StepCall]) -> list[tuple[StepCall, Connector]]:
    # Never raises: the calls are already in the ledger, so each of them needs a result.
    deliveries = [call for call in calls if call.uses == _NAME]
    slugs = {
        call.key: _endpoint_of(call.uses, as_object(as_object(opened(call.request))["input"])) for call in deliveries
    }
    sent = {key: slug for key, slug in slugs.items() if slug is not None}
    receivers: Mapping[str, WebhookReceiver | NormalizedError] = {}
    if sent:
        try:
            receivers = begin_deliveries(sent)
        except Error:
            log.exception("endpoints could not be read", deliveries=len(sent))
            connection.close_if_unusable_or_obsolete()
            receivers = {key: unreadable() for key in sent}
    return [_with_connector(call, receivers) if call.key in sent else (call, CONNECTORS[call.uses]) for call in calls]


def find_target(uses: str, key: str, given: Mapping[str, JsonValue]) -> str:
    """Return the host that a ``webhook.send`` call reaches. Return "" for other calls."""
    slug = _endpoint_of(uses, given)
    return "" if slug is None else target_of(key, slug)


def note_gone(results: Iterable[StepResult]) -> None:
    # If this fails, the endpoint is disabled after its next 410.
    seen = [
        (as_text(result.error.details["endpoint_id"]), as_integer(result.error.details["revision"]))
        for result in results
        if result.call.uses == _NAME and result.error is not None and result.error.details.get("failure") == GONE.name
    ]
    if seen:
        try:
            disable_gone(seen)
        except Error:
            log.exception("endpoints that are gone could not be disabled", endpoints=[row_id for row_id, _ in seen])
            connection.close_if_unusable_or_obsolete()


def _endpoint_of(uses: str, given: Mapping[str, JsonValue]) -> str | None:
    # None for other calls, and for values that are no text.
    slug = given.get("endpoint") if uses == _NAME else None
    return slug if isinstance(slug, str) else None


def _with_connector(
    call: StepCall, receivers: Mapping[str, WebhookReceiver | NormalizedError]
) -> tuple[StepCall, Connector]:
    connector, receiver = CONNECTORS[call.uses], receivers.get(call.key)
    target = receiver.target if isinstance(receiver, WebhookReceiver) else ""
    made = connector.to(receiver) if isinstance(connector, WebhookSend) else connector
    return replace(call, target=target), made
