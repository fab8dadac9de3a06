"""A permit of a circuit breaker says whether a call may be sent. This module reads no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class BreakerHold:
    """States why a call must not be sent now, and when the circuit breaker is checked again."""

    cause: str
    """The cause for which the job of the call is parked."""
    seconds: float
    """Seconds until the next check."""
    reason: str


@dataclass(frozen=True)
class Permit:
    """Permission to send a call, or the reason to wait."""

    hold: BreakerHold | None = None
    probe: bool = False
    """This call tests whether the host is healthy again."""


FREE = Permit()


class Breakers(Protocol):
    """The circuit breakers of a tenant."""

    @property
    def holding(self) -> bool: ...

    def permit(self, key: tuple[str, str], timeout_seconds: float) -> Permit: ...


class NoBreakers:
    """Circuit breakers that are always closed."""

    holding = False

    def permit(self, key: tuple[str, str], timeout_seconds: float) -> Permit:  # noqa: ARG002 - the protocol's
        return FREE
