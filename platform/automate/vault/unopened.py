"""Why a sealed value does not open."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


class CannotOpenError(Exception):
    """For the operator: names the missing key, or says that another key or a changed row is the cause."""


def unopened(error: CannotOpenError) -> NormalizedError:
    """What a caller sees. The caller can do nothing about it; the operator reads the cause in the log."""
    refusal = NormalizedError(
        "INTERNAL", "A stored secret cannot be opened, which the operator of this platform has to fix. Try again."
    )
    refusal.__cause__ = error
    return refusal
