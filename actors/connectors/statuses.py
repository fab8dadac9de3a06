"""The error table for unexpected HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from automate.workflows.connectors import Failure

MAX_RETRY_AFTER_SECONDS = 86_400.0
EXCERPT_CHARACTERS = 512

UNAUTHORIZED = Failure("unauthorized", "CONNECTOR_AUTH", "The receiver answered 401 or 403.")
RATE_LIMITED = Failure(
    "rate_limited", "CONNECTOR_RATE_LIMITED", "The receiver answered 429; the retry waits for Retry-After."
)
UNAVAILABLE = Failure(
    "unavailable",
    "CONNECTOR_TRANSIENT",
    "The receiver answered 408, 425 or 5xx, except 501 and 505; after 503, the retry waits for Retry-After.",
)
REFUSED = Failure("refused", "CONNECTOR_REFUSED", "The receiver answered with another unexpected status.")

STATUS_FAILURES: Sequence[Failure] = (UNAUTHORIZED, RATE_LIMITED, UNAVAILABLE, REFUSED)
"""The rows for complete answers. Their outcome is known."""

_BY_STATUS: Mapping[int, Failure] = {
    401: UNAUTHORIZED,
    403: UNAUTHORIZED,
    408: UNAVAILABLE,
    425: UNAVAILABLE,
    429: RATE_LIMITED,
    501: REFUSED,
    505: REFUSED,
}
_OBEYS_RETRY_AFTER = frozenset({429, 503})

_ADVICE: Mapping[str, str] = {
    UNAUTHORIZED.name: "check the credentials that the step sends",
    RATE_LIMITED.name: "the server asks for fewer requests",
    UNAVAILABLE.name: "it may work later",
    REFUSED.name: "correct the request",
}


def status_error(response: OutboundResponse, when_refused: str = _ADVICE[REFUSED.name]) -> ConnectorError:
    """Return the error for a complete answer with an unexpected status.

    ``when_refused`` is the advice in the message if the failure is REFUSED.
    """
    status = response.status
    failure = _BY_STATUS.get(status, UNAVAILABLE if status >= 500 else REFUSED)  # noqa: PLR2004
    advice = when_refused if failure is REFUSED else _ADVICE[failure.name]
    return ConnectorError.of(
        failure,
        f"The receiver answered {status}: {advice}.",
        details={"status": status, "body": excerpt(response.body)},
        retry_after_seconds=retry_after(response) if status in _OBEYS_RETRY_AFTER else None,
    )


def excerpt(body: bytes) -> str:
    # NUL is replaced, because PostgreSQL cannot store it.
    return body[: 4 * EXCERPT_CHARACTERS].decode(errors="replace").replace("\0", "\ufffd")[:EXCERPT_CHARACTERS]


def retry_after(response: OutboundResponse) -> float | None:
    """Return the delay of the header Retry-After in seconds, from 0 s to 24 h. Return None for a missing or invalid header."""
    text = (response.header("retry-after") or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), MAX_RETRY_AFTER_SECONDS)
    due = _http_date(text)
    if due is None:
        return None
    now = _http_date(response.header("date") or "") or datetime.now(timezone.utc)
    return min(max((due - now).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
