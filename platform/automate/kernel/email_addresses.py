"""E-mail addresses in one canonical form."""

from __future__ import annotations

import idna

from automate.kernel.errors import NormalizedError
from automate.kernel.text import Path

MOST_CHARACTERS = 254
"""The maximum length of an address in RFC 5321."""


def normalized_address(address: str) -> str:
    """Return an e-mail address in lower case, with the domain in ASCII.

    Raises ValueError for text that is not an address.
    """
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - the command `test` needs Django only here
    from django.core.validators import validate_email  # noqa: PLC0415 - the same

    local, at, domain = address.strip().rpartition("@")
    try:
        # A host name in ASCII is unchanged: idna refuses underscores, which some mail domains have.
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        whole = f"{local}{at}{ascii_domain}".lower()
        validate_email(whole)
    except (idna.IDNAError, ValidationError) as error:
        raise ValueError("no e-mail address") from error
    if len(whole) > MOST_CHARACTERS or not whole.isascii():
        raise ValueError("no e-mail address")
    return whole


def checked(address: str, path: Path) -> str:
    """Return the canonical form of an e-mail address. Raises BAD_USER_INPUT."""
    try:
        return normalized_address(address)
    except ValueError:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{address[:MOST_CHARACTERS]!r} is not an e-mail address. Write an address such as jane@example.com.",
            path=path,
        ) from None
