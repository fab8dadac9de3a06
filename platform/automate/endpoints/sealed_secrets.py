"""Stores the secrets of endpoints. Only workers can open these secrets."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from automate.kernel.errors import NormalizedError
from automate.vault.envelope import is_envelope, rewrapped, seal_for_workers
from automate.vault.sealing import open_sealed, seal

MARK = "#"


def seal_secret(secret: str, place: str) -> str:
    # `place` identifies its endpoint.
    if settings.AUTOMATE_VAULT_KEYS.public is None:
        return seal(secret, place)
    return f"{seal_for_workers(secret, place)}{MARK}{_digest(secret, place)}"


def open_secret(stored: str, place: str) -> str:
    """Open a secret. Raises INTERNAL if this process has no key for the secret."""
    return open_sealed(stored.partition(MARK)[0], place)


def resealed(stored: str, place: str) -> str:
    """Encrypt a stored text again with the current public key. Raises CannotOpenError or NormalizedError."""
    sealed, mark, digest = stored.partition(MARK)
    if is_envelope(sealed):
        return f"{rewrapped(sealed, place)}{mark}{digest}"
    return seal_secret(open_sealed(sealed, place), place)


def are_secrets(stored: Sequence[str], secrets: Sequence[str], place: str) -> bool:
    # False if this process can neither open nor recognize a stored text.
    return len(stored) == len(secrets) and all(map(_is_secret, stored, secrets, [place] * len(stored)))


def _is_secret(stored: str, secret: str, place: str) -> bool:
    digest = stored.partition(MARK)[2]
    if digest:
        return constant_time_compare(digest, _digest(secret, place))
    try:
        return constant_time_compare(open_secret(stored, place), secret)
    except NormalizedError:
        return False


def _digest(secret: str, place: str) -> str:
    return salted_hmac("automate.endpoints.secret", f"{place} {secret}", algorithm="sha256").hexdigest()
