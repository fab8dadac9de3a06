"""The hosts that a call may reach, because the rules of all its secrets allow them. The check precedes each request.

The rules are in the context of the call and not in its arguments, so that no connector can omit them. Redirects,
further pages and requests for tokens are checked like the first request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from actors.connectors.base import ConnectorError
from automate.kernel.targets import CallTarget
from automate.vault.rules import SecretRule

_rules: ContextVar[tuple[SecretRule, ...]] = ContextVar("secret_rules", default=())


@contextmanager
def reaching(rules: Sequence[SecretRule]) -> Iterator[None]:
    """Within the block, requests go only to hosts that the rules of all these secrets allow."""
    token = _rules.set(tuple(rule for rule in rules if rule.hosts is not None))
    try:
        yield
    finally:
        _rules.reset(token)


def reach_key() -> list[list[str]]:
    """A key for the hosts that a call may reach. Calls with the same key may reach the same hosts."""
    return sorted([rule.name, *(rule.hosts or ())] for rule in _rules.get())


def check_reach(target: CallTarget) -> None:
    """Raise ConnectorError SECRET_NOT_ALLOWED if the rule of a secret does not allow this host."""
    for rule in _rules.get():
        if not rule.allows_host(target.host, target.port):
            error = rule.host_refusal(target.host, target.port, called=True)
            raise ConnectorError(error.code, error.message, details=error.details)
