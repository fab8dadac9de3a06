"""Who acts. Every write knows its Principal; there is always exactly one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

PrincipalKind = Literal["member", "end_user", "api_token", "operator", "system"]


@dataclass(frozen=True)
class Principal:
    """kind and name go into each AuditEntry; id is that of the person or of the token, empty for the system.

    person: the id of the person who acts, or who made the token that acts; empty where no person is known.
    """

    kind: PrincipalKind
    name: str
    id: str = ""
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    person: str = ""


SYSTEM = Principal(kind="system", name="automate")

_principal: ContextVar[Principal] = ContextVar("automate_principal", default=SYSTEM)


def current_principal() -> Principal:
    """The Principal of the running code: the system itself where nobody else was named."""
    return _principal.get()


@contextmanager
def acting_as(principal: Principal) -> Iterator[Principal]:
    token = _principal.set(principal)
    try:
        yield principal
    finally:
        _principal.reset(token)
