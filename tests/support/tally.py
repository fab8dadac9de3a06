"""Counts of acts that a flood can cause, and the entries that they become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from automate.audit.tallies import Tallies
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for

COUNTED = "SELECT action, actor_name, object_kind, changes::text FROM {} WHERE changes ? 'count' AND action LIKE %s ORDER BY id"
# As if the minutes of all counts had ended long enough ago.
AGE = "UPDATE public.audit_tally SET minute = minute - interval '3 minutes'"


def close(superuser: Any) -> int:
    """Write the entries of all counts that are in the database. Returns how many."""
    from tenants.tallies import close_tallies

    superuser.execute(AGE)
    return close_tallies(10.0)


def counted(tenant: Any, action: str = "%") -> list[tuple[str, str, str, dict[str, Any]]]:
    """Action, actor's name, object's kind and changes (field -> value) of a tenant's counted entries."""
    with acting_for(tenant.ref):
        rows = fetch(COUNTED.format("audit_entry"), [action])
    return [_shown(row) for row in rows]


def counted_of_platform(superuser: Any, action: str = "%") -> list[tuple[str, str, str, dict[str, Any]]]:
    rows = superuser.execute(COUNTED.format("public.platform_audit_entry"), [action]).fetchall()
    return [_shown(row) for row in rows]


def _shown(row: Any) -> tuple[str, str, str, dict[str, Any]]:
    action, actor, kind, changes = row
    return action, actor, kind, {name: pair[1] for name, pair in json.loads(changes).items()}


@pytest.fixture
def tallies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tallies]:
    """The counts of the test alone, which are written when the test says so."""
    own = Tallies()
    monkeypatch.setattr("automate.audit.tallies.tallies", own)
    yield own
    own.counts.clear()
