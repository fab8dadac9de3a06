"""The kinds of failure of outbound calls, as rows of an error table."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace

from actors.connectors.base import ConnectorError
from automate.workflows.connectors import Failure

BLOCKED = Failure(
    "blocked", "CONNECTOR_BLOCKED", "The outbound guard does not allow the URL, the host's address or the port."
)
NO_ADDRESS = Failure("no_address", "CONNECTOR_TRANSIENT", "DNS has no address for the host or did not answer in time.")
NO_CONNECTION = Failure("no_connection", "CONNECTOR_TRANSIENT", "No connection to the host could be opened.")
CERTIFICATE = Failure("certificate", "CONNECTOR_REFUSED", "The host's TLS certificate is not trusted.")
REDIRECTS = Failure(
    "redirects",
    "CONNECTOR_REFUSED",
    "The URL led through more than five redirects, or took a body to another origin.",
    True,
)
TIMED_OUT = Failure("timed_out", "CONNECTOR_TIMEOUT", "No complete answer arrived within the step's time.", True)
BROKEN = Failure(
    "broken", "CONNECTOR_TRANSIENT", "The connection broke, or the answer is invalid or incomplete HTTP.", True
)
TOO_LARGE = Failure(
    "answer_too_large", "CONNECTOR_REFUSED", "The answer has too many bytes, or grows too much when decompressed.", True
)
ENCODING = Failure(
    "answer_encoding", "CONNECTOR_REFUSED", "The answer has another compression than gzip or deflate.", True
)


def connect_failures() -> Sequence[Failure]:
    """Return the kinds of failure that ``Guard.connect`` and ``LineStream.start_tls`` can have."""
    return (BLOCKED, NO_ADDRESS, NO_CONNECTION, CERTIFICATE)


def guard_failures(*, redirects: bool) -> Sequence[Failure]:
    """Return the kinds of failure of ``Guard.send``."""
    before_sending = connect_failures()
    after_sending = (TIMED_OUT, BROKEN, TOO_LARGE, ENCODING)
    if not redirects:
        return (*before_sending, *after_sending)
    return (*(replace(row, may_have_arrived=True) for row in before_sending), *after_sending, REDIRECTS)


class NotConnectedError(ConnectorError):
    """No connection was made and nothing was sent."""


def not_connected(cause: Exception) -> ConnectorError:
    # Without the text of the TLS or network library.
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NotConnectedError.of(CERTIFICATE, f"The host's TLS certificate is not trusted: {cause.verify_message}.")
    late = " in time" if isinstance(cause, TimeoutError) else ""
    return NotConnectedError.of(NO_CONNECTION, f"No connection could be made to the host{late}.")


def broke() -> ConnectorError:
    return ConnectorError.of(BROKEN, "The connection broke before the answer was complete.", arrived=True)


class StaleConnectionError(ConnectorError):
    """The host closed a reused connection before it sent the first byte of its answer."""

    sent = True


def stale(*, sent: bool) -> StaleConnectionError:
    """Return the error for a closed idle connection."""
    error = StaleConnectionError.of(
        BROKEN,
        "The host closed an idle connection while the request was on its way, and no answer came. The request may have arrived.",
        details={"asked": False},
        arrived=sent,
    )
    assert isinstance(error, StaleConnectionError)  # noqa: S101 - narrows the type: ``of`` returns an instance of its class
    error.sent = sent
    return error


def bad_answer() -> ConnectorError:
    return ConnectorError.of(
        BROKEN, "The receiver closed the connection early, or its answer is not valid HTTP.", arrived=True
    )
