"""Checks the headers of outbound requests (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from actors.connectors.base import ConnectorError
from actors.connectors.inputs import BAD_INPUT, whole

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

FRAMING = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_FIT_FOR_ANOTHER_ORIGIN = frozenset(
    {
        "accept",
        "accept-language",
        "cache-control",
        "content-language",
        "content-type",
        "idempotency-key",
        "traceparent",
        "user-agent",
    }
)
_OF_THE_BODY = frozenset({"content-type", "content-language", "content-encoding", "content-location"})

Header = tuple[str, str]


def header_problem(name: str, message: str) -> ConnectorError:
    return ConnectorError.of(BAD_INPUT, message, details={"field": "headers", "header": whole(name)})


def checked_headers(headers: Iterable[Header]) -> list[Header]:
    """Check the headers of a request, and return these headers.

    Raises BAD_USER_INPUT if a header is invalid or the headers are too large. The error contains no values of headers.
    """
    checked: list[Header] = []
    size = 0
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise header_problem(name, f"{whole(name)!r} is not a header name: use letters, digits and hyphens.")
        if name.lower() in FRAMING:
            raise header_problem(name, f"The header {name} is set by the platform. Remove it.")
        if _CONTROL.search(value):
            raise header_problem(name, f"The header {name} contains a line break or control character. Remove it.")
        size += len(name) + len(value.encode())
        checked.append((name, value.strip(" \t")))
    if len(checked) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        raise header_problem("", f"At most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together can be sent.")
    return checked


def for_another_origin(headers: Sequence[Header]) -> list[Header]:
    # Unknown headers are dropped at a redirect to another origin, because they may be credentials.
    return [header for header in headers if header[0].lower() in _FIT_FOR_ANOTHER_ORIGIN]


def without_body(headers: Sequence[Header]) -> list[Header]:
    return [header for header in headers if header[0].lower() not in _OF_THE_BODY]
