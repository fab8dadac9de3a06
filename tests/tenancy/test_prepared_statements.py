"""Statements that a session has prepared are planned once, and read what belongs to whoever runs them."""

from __future__ import annotations

from typing import Any

from django.db import connection

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from tests.support.isolation import marker_of, markers

TURNS = 12
"""More than a statement is run for before it is prepared, and than a prepared one is planned for before its plan is kept."""
OWNERS = "SELECT DISTINCT tenant_id FROM outbox_job"


def test_prepared_statement_follows_the_scope(two: tuple[Any, Any]) -> None:
    """The tables of a tenant are found by the search_path, the rows of shared ones by the role."""
    connection.close()
    for turn in range(TURNS):
        for tenant in two if turn % 2 else reversed(two):
            with acting_for(tenant.ref):
                assert markers() == {marker_of(tenant)}
                assert fetch(OWNERS) == [(tenant.ref.id,)]
    with acting_for_platform("read a session"):
        prepared = {statement for (statement,) in fetch("SELECT statement FROM pg_prepared_statements")}
    assert {OWNERS, "SELECT DISTINCT type FROM event"} <= prepared


def test_plan_that_is_kept_serves_one_tenant_alone(two: tuple[Any, Any]) -> None:
    """The same tenant often enough that its plan is kept, and then another one."""
    connection.close()
    for tenant in two:
        with acting_for(tenant.ref):
            for _ in range(TURNS):
                assert markers() == {marker_of(tenant)}
                assert fetch(OWNERS) == [(tenant.ref.id,)]
            kept = fetch("SELECT generic_plans FROM pg_prepared_statements WHERE statement = %s", [OWNERS])
            assert kept[0][0] > 0
