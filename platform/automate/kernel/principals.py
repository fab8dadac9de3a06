"""The Principal: the person, token or system that performs an action."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from automate.kernel.context_variables import VariableSet

PrincipalKind = Literal["member", "end_user", "api_token", "operator", "system"]


@dataclass(frozen=True)
class Principal:
    """The person, token or system that acts."""

    kind: PrincipalKind
    name: str
    id: str = ""
    """The id of the person or the token; empty for the system."""
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    person: str = ""
    """The id of the person who acts, or who created the acting token; empty if unknown."""


SYSTEM = Principal(kind="system", name="automate")

_principal: ContextVar[Principal] = ContextVar("automate_principal", default=SYSTEM)


def current_principal() -> Principal:
    """Return the Principal of the running code. The default is the system."""
    return _principal.get()


def acting_as(principal: Principal) -> VariableSet[Principal]:
    """Run the block as this Principal."""
    return VariableSet(_principal, principal)
