"""Selects headers of a webhook: those that a signature covers, and those that are stored with an event.

An attacker can capture a request, change the headers that are not signed, and send the request again. Credentials and
signatures are never stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from automate.kernel.baggage import HEADER
from automate.kernel.json_values import JsonValue
from automate.kernel.sensitive_names import is_sensitive
from automate.triggers.schemes.options import TRUST, hmac_recipe
from automate.triggers.schemes.scheme import Scheme

_FIXED: Mapping[Scheme, Collection[str]] = {
    Scheme.STANDARD_WEBHOOKS: ("webhook-id", "webhook-timestamp"),
    Scheme.STRIPE: (),
    Scheme.SLACK: ("x-slack-request-timestamp",),
}
"""Names in lower case. GitHub and Shopify sign only the body and name the event in headers. BASIC, BEARER and UNSIGNED sign nothing."""
_MESSAGE = (
    "trustUnsignedHeaders is true. Anyone who captures one signed request can send it again with other headers, and so with "
    "another type, subject and idempotency key. Have the sender put these into the body, or sign the headers."
)
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


@dataclass(frozen=True)
class SignedHeaders:
    """The names of the signed headers."""

    names: frozenset[str] | None
    """Names in lower case. With None, every header is accepted."""

    def counts(self, name: str) -> bool:
        return self.names is None or name.lower() in self.names

    def of(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return only those headers that may contain an event's type, key or subject."""
        if self.names is None:
            return headers
        return {name: value for name, value in headers.items() if name in self.names}


def signed_headers(scheme: Scheme, options: Mapping[str, JsonValue]) -> SignedHeaders:
    if (scheme is not Scheme.HMAC and scheme not in _FIXED) or trusts(options):
        return SignedHeaders(None)
    if scheme is not Scheme.HMAC:
        return SignedHeaders(frozenset(_FIXED[scheme]))
    recipe = hmac_recipe(options)
    return SignedHeaders(frozenset(name.lower() for name in (recipe.id_header, recipe.timestamp_header) if name))


def trusts(options: Mapping[str, JsonValue]) -> bool:
    """Return whether unsigned headers may set an event's type, key and subject."""
    return options.get(TRUST) is True


def trust_warnings(options: Mapping[str, JsonValue]) -> list[str]:
    """Return the warning for a source that trusts unsigned headers."""
    return [_MESSAGE] if trusts(options) else []


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
