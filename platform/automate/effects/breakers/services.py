"""Forces a circuit breaker open or closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from automate.audit import services as audit
from automate.effects.breakers import queries, transitions
from automate.effects.breakers.queries import BreakerRow
from automate.effects.states import BREAKER_FORCED
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.wakeups import wake_relay
from automate.workflows.connectors import ConnectorSpec, read_target


def set_breaker(connector: str, target: str, forced: str, reason: str) -> BreakerRow:
    """Force a circuit breaker open or closed, and return the breaker.

    If ``forced`` is empty, the breaker is automatic again. ``target`` is a host with or without a port.

    Raises NOT_FOUND for an unknown connector, and BAD_USER_INPUT for an invalid mode, target or reason.
    """
    check_text(reason.strip(), path=["reason"], most=LIMITS.text_characters)
    host = read_target(target, ["host"])
    find: Callable[[], Mapping[str, ConnectorSpec]] = import_string(settings.AUTOMATE_CONNECTOR_SPECS)
    if connector not in find():
        raise NormalizedError(
            "NOT_FOUND", f"No connector has the name {connector[:64]}. Check the spelling.", path=["connector"]
        )
    if forced not in {"", *BREAKER_FORCED}:
        raise NormalizedError(
            "BAD_USER_INPUT", f"`mode` is {forced[:64]}; it must be AUTO, OPEN or CLOSED.", path=["mode"]
        )
    tenant, key = current_tenant().id, (connector, host)
    with in_transaction():
        transitions.ensure([key])
        before = _find(key)
        transitions.set_forced(tenant, key, forced)
        after = _find(key)
        audit.record(
            "breaker.set",
            "circuit_breaker",
            after.id,
            f"{connector} {host}",
            {
                "forced": (before.forced, after.forced),
                "state": (before.state, after.state),
                "reason": (None, reason.strip()),
            },
        )
        after_commit(wake_relay)
        return after


def _find(key: transitions.Key) -> BreakerRow:
    found = queries.breaker_of(*key)
    if found is None:
        raise LookupError("a breaker that was just made is gone")
    return found
