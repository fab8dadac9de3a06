"""Errors of sealed values that do not open."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


class CannotOpenError(Exception):
    """A sealed value does not open. The error is for the operator: it names the missing key, or reports another key or a
    changed row as the cause.
    """


def unopened(error: CannotOpenError) -> NormalizedError:
    """The error for a caller, who cannot fix the cause. The log has the cause for the operator."""
    refusal = NormalizedError(
        "INTERNAL", "A stored secret cannot be opened. The operator of this platform must fix this. Try again later."
    )
    refusal.__cause__ = error
    return refusal
