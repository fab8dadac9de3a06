"""What a call of ``webhook.send`` needs of the database, read for a set of calls at once: connectors know none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
from django.db import Error, connection

from actors.connectors.base import Connector
from actors.connectors.registry import CONNECTORS
from actors.connectors.webhook.connector import WebhookSend
from actors.connectors.webhook.errors import GONE, unreadable
from automate.endpoints.receiver import Receiver
from automate.endpoints.services import begin_deliveries, disable_gone
from automate.endpoints.transitions import Sent
from automate.kernel.errors import NormalizedError
from automate.runs.round import StepCall, StepResult

log = structlog.get_logger(__name__)

_NAME = WebhookSend.spec.name


def with_connectors(calls: Sequence[StepCall]) -> list[tuple[StepCall, Connector]]:
    """Each call with who makes it; one of ``webhook.send`` is noted as a delivery, and knows its endpoint. Never raises:
    the intents are committed, and somebody has to bring a result.
    """
    sent = {call.step.id: Sent(slug, call.key) for call in calls if (slug := _endpoint_of(call)) is not None}
    receivers: Mapping[str, Receiver | NormalizedError] = {}
    if sent:
        try:
            receivers = begin_deliveries(list(sent.values()))
        except Error:
            log.exception("endpoints could not be read", deliveries=len(sent))
            connection.close_if_unusable_or_obsolete()
            receivers = {one.key: unreadable() for one in sent.values()}
    return [(call, _connector(call, receivers, sent.get(call.step.id))) for call in calls]


def note_gone(results: Iterable[StepResult]) -> None:
    """Disable the endpoints that answered 410. Where that fails, the next answer does it."""
    seen = [
        (result.error.details["endpoint_id"], result.error.details["revision"])
        for result in results
        if result.call.uses == _NAME and result.error is not None and result.error.details.get("failure") == GONE.name
    ]
    if seen:
        try:
            disable_gone(seen)
        except Error:
            log.exception("endpoints that are gone could not be disabled", endpoints=[row_id for row_id, _ in seen])
            connection.close_if_unusable_or_obsolete()


def _endpoint_of(call: StepCall) -> str | None:
    """The slug that a call of ``webhook.send`` names; None for any other, and where it is none."""
    slug = call.request["input"].get("endpoint") if call.uses == _NAME else None
    return slug if isinstance(slug, str) else None


def _connector(call: StepCall, receivers: Mapping[str, Receiver | NormalizedError], sent: Sent | None) -> Connector:
    connector = CONNECTORS[call.uses]
    if sent is None or not isinstance(connector, WebhookSend):
        return connector
    return connector.to(receivers.get(sent.key))
