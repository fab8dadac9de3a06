"""E-mail addresses, each with one spelling."""

from __future__ import annotations

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from automate.kernel.errors import NormalizedError
from automate.kernel.text import Path

MOST_CHARACTERS = 254
"""RFC 5321 allows no longer address."""


def spelled(address: str) -> str:
    """An address as the database holds it: lower case, the domain in its ASCII form.

    Raises ValueError for text that is no address.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        # A host name in ASCII is left alone: idna refuses underscores, which some mail domains have.
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        whole = f"{local}{at}{ascii_domain}".lower()
        validate_email(whole)
    except (idna.IDNAError, ValidationError) as error:
        raise ValueError("no e-mail address") from error
    if len(whole) > MOST_CHARACTERS or not whole.isascii():
        raise ValueError("no e-mail address")
    return whole


def checked(address: str, path: Path) -> str:
    """The same for input. Raises NormalizedError BAD_USER_INPUT with the path."""
    try:
        return spelled(address)
    except ValueError:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{address[:MOST_CHARACTERS]!r} is not an e-mail address. Write one such as jane@example.com.",
            path=path,
        ) from None
