"""What each status that was not expected means to a run, as a table, and what the error tells of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse

MAX_RETRY_AFTER_SECONDS = 86_400.0
EXCERPT_CHARACTERS = 512

_TRANSIENT = "CONNECTOR_TRANSIENT"
_REFUSED = "CONNECTOR_REFUSED"

STATUS_CODES: Mapping[int, str] = {
    401: "CONNECTOR_AUTH",
    403: "CONNECTOR_AUTH",
    408: _TRANSIENT,
    425: _TRANSIENT,
    429: "CONNECTOR_RATE_LIMITED",
    500: _TRANSIENT,
    501: _REFUSED,
    502: _TRANSIENT,
    503: _TRANSIENT,
    504: _TRANSIENT,
    505: _REFUSED,
}
_OBEYS_RETRY_AFTER = frozenset({429, 503})

_ADVICE: Mapping[str, str] = {
    "CONNECTOR_AUTH": "check the credentials that the step sends",
    "CONNECTOR_RATE_LIMITED": "it asks to slow down",
    _TRANSIENT: "it may work later",
    _REFUSED: "mend the request, or name the status in expected_statuses",
}


def status_error(response: OutboundResponse) -> ConnectorError:
    """The error for an answer that came back whole, so that its outcome is known: ``arrived`` is False."""
    status = response.status
    code = STATUS_CODES.get(status, _TRANSIENT if status >= 500 else _REFUSED)  # noqa: PLR2004
    advice = _ADVICE[code]
    if 300 <= status < 400:  # noqa: PLR2004
        advice = "set follow_redirects, or name the status in expected_statuses"
    return ConnectorError(
        code,
        f"The other side answered {status}: {advice}.",
        details={"status": status, "body": excerpt(response.body)},
        retry_after_seconds=retry_after(response) if status in _OBEYS_RETRY_AFTER else None,
    )


def excerpt(body: bytes) -> str:
    """The first EXCERPT_CHARACTERS of a body for people to read; NUL, which Postgres refuses, is replaced."""
    return body[: 4 * EXCERPT_CHARACTERS].decode(errors="replace").replace("\0", "\ufffd")[:EXCERPT_CHARACTERS]


def retry_after(response: OutboundResponse) -> float | None:
    """Seconds, from seconds or an HTTP-date, within 0 and 24 h; None where the header is absent or malformed.

    A date is read against the answer's own Date header where it has one: only the difference matters, not our clock.
    """
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
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
