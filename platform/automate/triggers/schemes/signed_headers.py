"""Finds the headers that a signature covers.

An attacker can capture a request, change the headers that are not signed, and send the request again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
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
