"""The streams of many tenants ask for all of them in one statement, and end for the one that is suspended or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for_platform
from graphql_schema import streams
from tenants import directory
from tests.support.tenants import NewTenant

TENANTS = 3


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tenants each statement asked for."""
    counts: list[int] = []

    def counted(ids: Collection[Any], find: Callable[[Any], Any] = directory.find_by_ids) -> Any:
        counts.append(len(ids))
        return find(ids)

    monkeypatch.setattr(directory, "find_by_ids", counted)
    return counts


def forget(tenant: NewTenant) -> None:
    directory.forget(tenant.ref.id, tenant.ref.slug)


async def ended(tenant: NewTenant) -> str:
    try:
        await streams.require_active(None, tenant.ref)
    except NormalizedError as error:
        return error.code
    return ""


def test_one_statement_asks_for_the_tenants_of_all_streams(
    tenant_factory: Callable[[], NewTenant], run_async: Any, asked: list[int]
) -> None:
    tenants = [tenant_factory() for _ in range(TENANTS)]

    async def look() -> list[str]:
        return [await ended(tenant) for tenant in tenants]

    with ExitStack() as seats:
        for tenant in tenants:
            seats.enter_context(streams.seat(tenant.ref))
            forget(tenant)
        assert run_async(look()) == ["", "", ""]
        assert asked == [TENANTS]
        from tenants.models import SUSPENDED, Tenant

        with acting_for_platform("suspend a tenant in a test"):
            Tenant.objects.filter(id=tenants[1].ref.id).update(state=SUSPENDED)
        try:
            for tenant in tenants:
                forget(tenant)
            assert run_async(look()) == ["", "TENANT_SUSPENDED", ""]
        finally:
            with acting_for_platform("let a tenant of a test go on"):
                Tenant.objects.filter(id=tenants[1].ref.id).update(state="active")
            forget(tenants[1])
    assert asked == [TENANTS, TENANTS]


def test_streams_that_look_at_once_ask_once(
    tenant_factory: Callable[[], NewTenant], run_async: Any, asked: list[int]
) -> None:
    tenant = tenant_factory()
    forget(tenant)

    async def look() -> list[str]:
        return await asyncio.gather(*(ended(tenant) for _ in range(10)))

    assert run_async(look()) == [""] * 10
    assert asked == [1]
