"""The types of webhook verification."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.shapes import ShapeClass

DEFAULT_TOLERANCE_SECONDS = 300


class Scheme(str, enum.Enum):
    """The method by which a source verifies its sender. The names of the methods are part of the API."""

    STANDARD_WEBHOOKS = "STANDARD_WEBHOOKS"
    GITHUB = "GITHUB"
    STRIPE = "STRIPE"
    SLACK = "SLACK"
    SHOPIFY = "SHOPIFY"
    HMAC = "HMAC"
    BASIC = "BASIC"
    BEARER = "BEARER"
    UNSIGNED = "UNSIGNED"


@dataclass(frozen=True)
class SignedRequest:
    """A request with a signature to verify."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    now: float
    """Seconds since 1970."""
    options: Mapping[str, JsonValue]
    """The options of the source."""

    def header(self, name: str) -> str:
        """Read a required header. Raises INVALID_SIGNATURE if the header is missing or empty."""
        value = self.headers.get(name.lower(), "").strip()
        if not value:
            state = "empty" if name.lower() in self.headers else "missing"
            raise refused(f"the header {name} is {state}; does this sender sign for this scheme?", header=name)
        return value


@dataclass(frozen=True)
class Entry:
    """The definition of a scheme: the check of a sender, the check of a secret, and the shape of the options."""

    verify: Callable[[SignedRequest, Sequence[str]], int | None]
    """Returns the index of the matching secret, or None for a scheme without secrets. Raises NormalizedError if no
    secret matches.
    """
    check_secret: Callable[[str], None]
    """Checks a secret. Raises ValueError with the fault of the secret."""
    options: ShapeClass
    """The shape of the source's options, see ``options``."""
    takes_secrets: bool = True
    """False only for UNSIGNED."""


def refused(message: str, **details: JsonValue) -> NormalizedError:
    return NormalizedError("INVALID_SIGNATURE", message, details=details)


def no_match(what: str, secrets: Sequence[str]) -> NormalizedError:
    """Return the error for a signature that no secret matches."""
    count = f"the {len(secrets)} configured secrets" if len(secrets) != 1 else "the configured secret"
    return refused(
        f"{what} does not match {count}; check that the sender and the source have the same secret, and "
        "that no proxy between the sender and the source changed the body",
        secrets=len(secrets),
    )
