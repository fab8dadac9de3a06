"""The words of webhook verification: a scheme, a request as it came, and what was verified."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.errors import Json, NormalizedError

DEFAULT_TOLERANCE_SECONDS = 300
Spell = Callable[[str], str]
"""How the names of options are spelled where they were written: as here, or as the API does."""
Wrong = tuple[str, str]
"""The name of an option, and what is wrong with it."""


class Scheme(str, enum.Enum):
    """How a source proves that a webhook is its own. The names are public."""

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
    """A request as its sender signed it. headers: lower-case names. now: seconds since 1970. options: as the source configures."""

    headers: Mapping[str, str]
    body: bytes
    now: float
    options: Mapping[str, Json]

    def header(self, name: str) -> str:
        """A header that must be there. name: as its sender spells it. Raises INVALID_SIGNATURE."""
        value = self.headers.get(name.lower(), "").strip()
        if not value:
            state = "empty" if name.lower() in self.headers else "missing"
            raise refused(f"the header {name} is {state}; does this sender sign for this scheme?", header=name)
        return value


@dataclass(frozen=True)
class Entry:
    """What a scheme is made of.

    verify: the place of the secret that fits, None where none is asked for; raises where none fits. check_secret: raises ValueError with what is wrong
    with a secret. check_options: tells what is wrong with the source's options, see ``options``. takes_secrets: False for UNSIGNED alone.
    """

    verify: Callable[[SignedRequest, Sequence[str]], int | None]
    check_secret: Callable[[str], None]
    check_options: Callable[[Mapping[str, Json], Spell], Iterator[Wrong]]
    takes_secrets: bool = True


def refused(message: str, **details: Json) -> NormalizedError:
    return NormalizedError("INVALID_SIGNATURE", message, details=details)


def no_match(what: str, secrets: Sequence[str]) -> NormalizedError:
    """The refusal when all looks well and yet nothing fits."""
    count = f"the {len(secrets)} configured secrets" if len(secrets) != 1 else "the configured secret"
    return refused(
        f"{what} does not match {count}; check that both sides hold the same secret and that nothing "
        "between them changed the body",
        secrets=len(secrets),
    )
