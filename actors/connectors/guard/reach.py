"""Before a call sends a request, checks whether the rules of the call's secrets allow the host of the request."""

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
    """Raise SECRET_NOT_ALLOWED if the rule of one of the call's secrets does not allow this host."""
    for rule in _rules.get():
        if not rule.allows_host(target.host, target.port):
            error = rule.host_refusal(target.host, target.port, called=True)
            raise ConnectorError(error.code, error.message, details=error.details)
