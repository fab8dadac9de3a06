"""The error table of ``webhook.send``. Each answer except 2xx is a failure."""

from __future__ import annotations

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from actors.connectors.inputs import whole
from actors.connectors.statuses import excerpt, retry_after
from actors.connectors.webhook.signing import revealing_texts
from automate.endpoints.receiver import WebhookReceiver
from automate.kernel.redaction import Scrubber
from automate.workflows.connectors import Failure

NO_ENDPOINT = Failure("no_endpoint", "BAD_USER_INPUT", "The tenant has no webhook endpoint with this slug.")
UNREADABLE = Failure(
    "unreadable", "UNAVAILABLE", "PostgreSQL was unavailable, so the endpoint could not be read; nothing was sent."
)
DISABLED = Failure("disabled", "CONNECTOR_REFUSED", "The endpoint is disabled; nothing was sent.")
DELETED = Failure("deleted", "CONNECTOR_REFUSED", "The endpoint was deleted; nothing was sent.")
GONE = Failure("gone", "CONNECTOR_REFUSED", "The receiver answered 410, which disables the endpoint.")
RATE_LIMITED = Failure(
    "rate_limited", "CONNECTOR_RATE_LIMITED", "The receiver answered 429; the retry waits for Retry-After."
)
NOT_TAKEN = Failure(
    "not_taken",
    "CONNECTOR_TRANSIENT",
    "The receiver answered with another status than 2xx; the retry waits for Retry-After.",
)

FAILURES = (NO_ENDPOINT, UNREADABLE, DISABLED, DELETED, GONE, RATE_LIMITED, NOT_TAKEN)

MAX_SCRUBBED_BYTES = 8 * 1024
"""How many bytes of an answer are scrubbed. Beyond the quoted part, there is room for a secret of any length, so that
no secret is cut."""

_TOO_MANY, _GONE = 429, 410


def status_error(receiver: WebhookReceiver, response: OutboundResponse) -> ConnectorError:
    """Return the error for an answer of a receiver. The error does not contain the receiver's secrets."""
    status = response.status
    failure = GONE if status == _GONE else RATE_LIMITED if status == _TOO_MANY else NOT_TAKEN
    # Before truncation: half a secret would not be found.
    scrubbed = Scrubber(revealing_texts(receiver.secrets)).scrub_text(
        response.body[:MAX_SCRUBBED_BYTES].decode(errors="replace")
    )
    advice = {GONE: "the endpoint is disabled", RATE_LIMITED: "the receiver asks for fewer requests"}.get(
        failure, "only a 2xx means that the message was accepted"
    )
    return ConnectorError.of(
        failure,
        f"The receiver answered {status}: {advice}.",
        details={
            "status": status,
            "body": excerpt(scrubbed.encode()),
            "endpoint": receiver.slug,
            "endpoint_id": str(receiver.id),
            "revision": receiver.revision,
        },
        retry_after_seconds=retry_after(response) if failure is not GONE else None,
    )


def not_found(slug: str) -> ConnectorError:
    return ConnectorError.of(
        NO_ENDPOINT,
        f"This tenant has no webhook endpoint {whole(slug)!r}. Create it with saveWebhookEndpoint, or check the spelling.",
        details={"field": "endpoint"},
    )


def disabled(receiver: WebhookReceiver) -> ConnectorError:
    return ConnectorError.of(
        DISABLED,
        f"The webhook endpoint {receiver.slug} is disabled, so nothing was sent: {receiver.disabled}. "
        "Enable it with saveWebhookEndpoint, then retry the run.",
        details={"endpoint": receiver.slug},
    )


def deleted(receiver: WebhookReceiver) -> ConnectorError:
    return ConnectorError.of(
        DELETED,
        f"The webhook endpoint {receiver.slug} was deleted, so nothing was sent. Name another endpoint in the workflow. "
        "If a new endpoint gets this slug, a started message goes there only if the run is retried with repeatEffects.",
        details={"endpoint": receiver.slug},
    )


def unreadable() -> ConnectorError:
    return ConnectorError.of(
        UNREADABLE, "PostgreSQL was unavailable, so the endpoint could not be read; nothing was sent."
    )
