"""Where a call may go with the secrets that it was given: asked at each hop, before anything is sent there.

The rules travel in the context of the call, not in its arguments, so that no connector can leave them behind: redirects,
pages and tokens are judged like the first request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from actors.connectors.base import ConnectorError
from automate.kernel.targets import Target
from automate.vault.rules import SecretRule

_rules: ContextVar[tuple[SecretRule, ...]] = ContextVar("secret_rules", default=())


@contextmanager
def reaching(rules: Sequence[SecretRule]) -> Iterator[None]:
    """What is sent within goes only where all of these secrets may go."""
    token = _rules.set(tuple(rule for rule in rules if rule.hosts is not None))
    try:
        yield
    finally:
        _rules.reset(token)


def reach_key() -> list[list[str]]:
    """What tells apart calls that may not go to the same places."""
    return sorted([rule.name, *(rule.hosts or ())] for rule in _rules.get())


def check_reach(target: Target) -> None:
    """Raises ConnectorError SECRET_NOT_ALLOWED."""
    for rule in _rules.get():
        if not rule.allows_host(target.host, target.port):
            error = rule.host_refusal(target.host, target.port, called=True)
            raise ConnectorError(error.code, error.message, details=error.details)
