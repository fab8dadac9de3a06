"""Stores the allowed hosts of the current call, whether the call was sent, and whether a request may be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from actors.connectors.base import ConnectorError
from automate.kernel.targets import CallTarget
from automate.vault.rules import SecretRule

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""These methods change nothing, whether or not they arrive (RFC 9110 9.2.1)."""


@dataclass
class Departure:
    """States whether the worker has sent any part of one call."""

    sent: bool = False
    """Whether a connection carried a part of a request, of any request of the call."""


@dataclass
class Repeats:
    """Stores whether a call is allowed to send a request a second time."""

    allowed: bool = False
    """Whether a repeated request with the same idempotency key has no further effect."""
    made: int = 0
    """The number of repeated requests, at most one."""

    def take(self) -> bool:
        """Return whether a call may send a request again. Returns True at most once, because only one repeat is allowed."""
        if not self.allowed or self.made:
            return False
        self.made = 1
        return True


_rules: ContextVar[tuple[SecretRule, ...]] = ContextVar("secret_rules", default=())
_departure: ContextVar[Departure | None] = ContextVar("departure", default=None)
_repeats: ContextVar[Repeats | None] = ContextVar("repeats", default=None)


@contextmanager
def reaching(rules: Sequence[SecretRule]) -> Iterator[None]:
    """Within the ``with`` block, refuse each request to a host, unless all of ``rules`` allow the host."""
    token = _rules.set(tuple(rule for rule in rules if rule.hosts is not None))
    try:
        yield
    finally:
        _rules.reset(token)


def reach_key() -> list[list[str]]:
    # Calls with the same key may reach the same hosts.
    return sorted([rule.name, *(rule.hosts or ())] for rule in _rules.get())


def check_reach(target: CallTarget) -> None:
    """Raise SECRET_NOT_ALLOWED if the rule of one of the call's secrets does not allow the host of ``target``."""
    for rule in _rules.get():
        if not rule.allows_host(target.host, target.port):
            error = rule.host_refusal(target.host, target.port, called=True)
            raise ConnectorError(error.code, error.message, details=error.details)


@contextmanager
def noting_departure() -> Iterator[Departure]:
    """Record in the returned object whether the worker sends any part of a call during the ``with`` block."""
    departure = Departure()
    token = _departure.set(departure)
    try:
        yield departure
    finally:
        _departure.reset(token)


def note_departure() -> None:
    departure = _departure.get()
    if departure is not None:
        departure.sent = True


@contextmanager
def repeating(*, allowed: bool) -> Iterator[Repeats]:
    """Allow or forbid the code of the ``with`` block to send one request a second time."""
    repeats = Repeats(allowed)
    token = _repeats.set(repeats)
    try:
        yield repeats
    finally:
        _repeats.reset(token)


def may_repeat(method: str, *, harmless: bool) -> bool:
    # `harmless`: a repetition changes nothing in the other system.
    if harmless or method in SAFE_METHODS:
        return True
    repeats = _repeats.get()
    return repeats is not None and repeats.take()
