"""Selects the headers that are stored with an event. Credentials and signatures are never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automate.kernel.baggage import HEADER
from automate.kernel.sensitive_names import is_sensitive

MAX_HEADERS = 50
MAX_BYTES = 8 * 1024
"""Maximum bytes of all names and values together."""

_PROOFS = ("signature", "hmac", "authorization", "cookie")
_HOPS = frozenset(
    {
        HEADER.lower(),
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers about the transport of the request, not about the event."""


def kept_headers(headers: Mapping[str, str], proofs: Iterable[str] = ()) -> dict[str, str]:
    # `proofs` names the headers with the sender's signature or credentials.
    hidden = {name.lower() for name in proofs}
    kept: dict[str, str] = {}
    room = MAX_BYTES
    for name, value in headers.items():
        if name in _HOPS or name in hidden or _proves(name) or not value.isprintable():
            continue
        room -= len(name) + len(value.encode())
        if room < 0 or len(kept) == MAX_HEADERS:
            break
        kept[name] = value
    return kept


def _proves(name: str) -> bool:
    return any(word in name for word in _PROOFS) or is_sensitive(name)
