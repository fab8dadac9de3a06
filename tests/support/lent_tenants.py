"""The fixtures that lend tenants, and when a tenant's schema may serve another test.

A plugin and no part of ``conftest.py``: pytest asks a conftest's hooks nothing about fixtures of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import psycopg
import pytest

from tests.support.tenants import NewTenant, TenantPool

_pool = pytest.StashKey[TenantPool]()
_scopes = pytest.StashKey[list[str]]()
"""The scopes of the fixtures that are being made, the innermost last."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_scopes] = []


@pytest.fixture(scope="session")
def tenant_factory(superuser: psycopg.Connection[Any], pytestconfig: pytest.Config) -> Callable[[], NewTenant]:
    """Makes tenants, each with a schema of its own and an owner's token.

    A tenant lasts as long as the test that asks for it. Where a wider fixture asks, it lasts as long as the session.
    """
    pool = pytestconfig.stash[_pool] = TenantPool(superuser)
    scopes = pytestconfig.stash[_scopes]
    return lambda: pool.make(keep=bool(scopes) and scopes[-1] != "function")


@pytest.fixture
def tenant(tenant_factory: Callable[[], NewTenant]) -> NewTenant:
    """A tenant of this test's own."""
    return tenant_factory()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    scopes = request.config.stash[_scopes]
    scopes.append(fixturedef.scope)
    try:
        return (yield)
    finally:
        scopes.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """The test and its fixtures have ended."""
    try:
        return (yield)
    finally:
        if (pool := item.config.stash.get(_pool, None)) is not None:
            pool.take_back()
