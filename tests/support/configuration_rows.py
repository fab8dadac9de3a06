"""The rows that a configuration makes, and the secret that it names."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support.held_secrets import hold_secret
from tests.support.whole_configuration import SLACK


@pytest.fixture(autouse=True)
def held(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret that the notice policy names has a value."""
    hold_secret(monkeypatch, tenant.ref, "FREE", SLACK)


def rows_of(tenant: Any) -> Any:
    tables = (
        "secret",
        "event_type",
        "source",
        "webhook_endpoint",
        "workflow",
        "workflow_version",
        "rule_spec",
        "rule_set",
        "schedule",
        "notice_policy",
        "audit_entry",
    )
    with acting_for(tenant.ref):
        jobs = fetch("SELECT id, state FROM public.outbox_job WHERE tenant_id = %s ORDER BY id", [tenant.ref.id])
        return [*(fetch(f"SELECT * FROM {table} ORDER BY 1") for table in tables), jobs]
