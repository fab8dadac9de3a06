"""Secrets in the environment of the tests' process, which acts as a worker and as web."""

from __future__ import annotations

import uuid

import pytest

from automate.kernel.tenancy import TenantRef, acting_for
from automate.vault.backends.environment import held_names, variable_of
from automate.vault.transitions import record_held_names

WORKER = uuid.UUID(int=1)


def hold_secret(monkeypatch: pytest.MonkeyPatch, tenant: TenantRef, name: str, value: str) -> None:
    """Set the variable, and record its name as a worker does when it starts."""
    monkeypatch.setenv(variable_of(tenant.slug, name), value)
    with acting_for(tenant):
        record_held_names(WORKER, held_names(tenant.slug))
