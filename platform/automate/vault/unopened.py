"""Errors for encrypted values that cannot be decrypted."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


class CannotOpenError(Exception):
    """A stored value cannot be decrypted. The message is for the operator.

    It names the missing key, or states that the key is wrong or the row was changed.
    """


def unopened(error: CannotOpenError) -> NormalizedError:
    """Return the public error for a stored value that cannot be decrypted. The log has the cause for the operator."""
    refusal = NormalizedError(
        "INTERNAL", "A stored secret cannot be opened. The operator of this platform must fix this. Try again later."
    )
    refusal.__cause__ = error
    return refusal
