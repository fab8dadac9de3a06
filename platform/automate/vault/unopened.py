"""Errors for encrypted values that cannot be decrypted."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


class CannotOpenError(Exception):
    """A stored value cannot be decrypted. The message is for the operator."""


def unopened(error: CannotOpenError) -> NormalizedError:
    """Return the error that API clients get if a stored value cannot be decrypted."""
    refusal = NormalizedError(
        "INTERNAL", "A stored secret cannot be decrypted. The operator of this platform must fix this. Try again later."
    )
    refusal.__cause__ = error
    return refusal
