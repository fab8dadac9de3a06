"""A worker's session keeps the plans of some tenants: a tenant's statement is planned once, and not once for each turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import DataError, connection, transaction

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from tenants.postgresql import scope
from tenants.postgresql.scope import KeptPlans
from tests.support.isolation import marker_of, markers

TURNS = 4
TYPES = "SELECT DISTINCT type FROM event"
OWNERS = "SELECT DISTINCT tenant_id FROM outbox_job"
GENERIC = " -c plan_cache_mode=force_generic_plan"


@pytest.fixture
def keeping() -> Iterator[None]:
    """The session of this thread is a worker's."""
    options = connection.settings_dict["OPTIONS"]
    changed = {**options, "options": options["options"] + GENERIC}
    connection.close()
    with mock.patch.dict(connection.settings_dict, {"PLANS_FOR_EACH_SCOPE": True, "OPTIONS": changed}):
        yield
        connection.close()


def prepared(text: str) -> list[tuple[str, int]]:
    """The prepared statements that begin with a text, and the number of times that each was planned for given values."""
    with acting_for_platform("read a session"):
        rows = fetch("SELECT statement, custom_plans::int, generic_plans::int FROM pg_prepared_statements")
    return [(statement, custom) for statement, custom, _ in rows if statement.startswith(text)]


def take_turns(tenants: Any, turns: int = TURNS) -> None:
    for _ in range(turns):
        for tenant in tenants:
            with acting_for(tenant.ref):
                assert markers() == {marker_of(tenant)}
                assert {owner for (owner,) in fetch(OWNERS)} <= {tenant.ref.id}


@pytest.mark.usefixtures("keeping")
def test_each_tenant_has_a_statement_of_its_own(two: tuple[Any, Any]) -> None:
    take_turns(two)
    with acting_for(two[0].ref):
        assert fetch(OWNERS) == [(two[0].ref.id,)]
    for text in (TYPES, OWNERS):
        assert sorted(prepared(text)) == sorted((f"{text}\n-- {tenant.ref.schema}", 0) for tenant in two)


def test_other_sessions_keep_one_statement_for_all_tenants(two: tuple[Any, Any]) -> None:
    connection.close()
    take_turns(two)
    assert [statement for statement, _ in prepared(OWNERS)] == [OWNERS]


@pytest.mark.usefixtures("keeping")
def test_sabotaged_twin_with_one_text_for_all(two: tuple[Any, Any]) -> None:
    def same(self: KeptPlans, _role: str) -> None:
        self.tag = b"\n-- same"

    with mock.patch.object(KeptPlans, "turn_to", same):
        take_turns(two)
        assert [statement for statement, _ in prepared(OWNERS)] == [f"{OWNERS}\n-- same"]


@pytest.mark.usefixtures("keeping")
def test_rollback_and_errors_leave_every_tenant_its_rows(two: tuple[Any, Any]) -> None:
    """psycopg drops the prepared statements of all tenants after a rollback."""
    for _ in range(TURNS):
        take_turns(two, 1)
        for tenant in two:
            with acting_for(tenant.ref), transaction.atomic():
                markers()
                transaction.set_rollback(True)
            with acting_for(tenant.ref), pytest.raises(DataError):
                fetch("SELECT 1 / %s", [0])
        take_turns(two, 1)


@pytest.mark.usefixtures("keeping")
def test_tenants_without_a_place_prepare_nothing(eight: list[Any]) -> None:
    with mock.patch.object(scope, "KEPT_SCOPES", 3):
        take_turns(eight)
        kept = {statement for statement, _ in prepared(OWNERS)}
    assert kept == {f"{OWNERS}\n-- {tenant.ref.schema}" for tenant in eight[:3]}


def keeps(plans: KeptPlans, role: str) -> bool:
    plans.turn_to(role)
    return bool(plans.tag)


def test_scopes_in_turn_do_not_drop_one_another() -> None:
    plans, roles = KeptPlans(), [f"t_{number}" for number in range(2 * scope.KEPT_SCOPES)]
    for _ in range(5):
        assert [keeps(plans, role) for role in roles] == [True] * scope.KEPT_SCOPES + [False] * scope.KEPT_SCOPES


def test_scope_that_returns_takes_the_place_of_one_that_does_not() -> None:
    plans, roles = KeptPlans(), [f"t_{number}" for number in range(scope.KEPT_SCOPES)]
    for role in roles:
        assert keeps(plans, role)
    assert [keeps(plans, "new") for _ in range(2)] == [False, True]
    assert not keeps(plans, roles[0]), "its place was taken"
    assert all(keeps(plans, role) for role in roles[1:])


def test_what_is_remembered_is_bounded() -> None:
    plans = KeptPlans()
    for number in range(10 * scope.SEEN_SCOPES):
        plans.turn_to(f"t_{number}")
    assert len(plans._kept) == scope.KEPT_SCOPES
    assert len(plans._seen) == scope.SEEN_SCOPES
