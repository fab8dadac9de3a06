"""Who may hold a scope, and what those get who hold one wrongly: threads, generators, hooks, names that somebody chose."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from automate.kernel.sql import fetch
from automate.kernel.tenancy import (
    NoScopeError,
    ScopeConflictError,
    TenantRef,
    acting_for,
    acting_for_platform,
    administering,
    current_tenant,
    schema_of,
)
from tests.support.isolation import in_new_thread, marker_of, markers


def test_connection_handed_to_another_thread_is_refused(eight):
    def steal(taken: Any) -> None:
        with acting_for(eight[1].ref):
            taken.cursor()

    mine = connections["default"]
    with acting_for(eight[0].ref):
        markers()
        with pytest.raises(DatabaseError, match="can only be used in that same thread"):
            in_new_thread(lambda: steal(mine))


def test_another_tenant_inside_a_scope_is_refused(eight):
    with acting_for(eight[0].ref):
        with pytest.raises(ScopeConflictError), acting_for(eight[1].ref):
            pass
        with pytest.raises(ScopeConflictError), acting_for_platform("a way out"):
            pass
        assert markers() == {marker_of(eight[0])}
        with acting_for(eight[0].ref):
            assert markers() == {marker_of(eight[0])}
        assert current_tenant() == eight[0].ref


def test_connection_cannot_be_given_a_tenant(eight):
    with pytest.raises(ScopeConflictError):
        connection.set_tenant(eight[0].ref)
    with pytest.raises(ScopeConflictError):
        connection.set_schema(eight[0].ref.schema)
    connection.schema_name = eight[0].ref.schema
    connection.tenant = eight[0].ref
    with pytest.raises(NoScopeError):
        markers()


def leaking(tenant: TenantRef) -> Iterator[set[str]]:
    """What nobody should write: a generator hands its scope to whoever resumes it."""
    with acting_for(tenant):
        while True:
            yield markers()


def test_generator_holding_a_scope_never_mixes_two_tenants(eight):
    def within() -> None:
        first = leaking(eight[0].ref)
        assert next(first) == {marker_of(eight[0])}
        with pytest.raises(ScopeConflictError), acting_for(eight[1].ref):
            pass
        second = leaking(eight[1].ref)
        with pytest.raises(ScopeConflictError):
            next(second)
        first.close()
        with pytest.raises(NoScopeError):
            markers()

    contextvars.copy_context().run(within)


def test_generator_closed_in_another_context_leaves_that_context_alone(eight):
    held = leaking(eight[0].ref)
    contextvars.copy_context().run(next, held)
    with acting_for(eight[1].ref):
        with pytest.raises(ValueError, match="different Context"):
            held.close()
        assert markers() == {marker_of(eight[1])}


def test_commit_hooks_run_under_the_scope_of_the_commit_or_none(eight):
    """A transaction that outlives its scope commits; a hook of it that reads tables finds no scope."""
    seen: list[object] = []

    def hook() -> None:
        try:
            seen.append(markers())
        except NoScopeError:
            seen.append(NoScopeError)

    with transaction.atomic(), acting_for(eight[0].ref):
        markers()
        transaction.on_commit(hook)
    with acting_for(eight[0].ref), transaction.atomic():
        transaction.on_commit(hook)
    assert seen == [NoScopeError, {marker_of(eight[0])}]


@pytest.mark.parametrize("schema", ["public", 'x", "public', "t_0", "acme", "automate_platform", "none", ""])
def test_schema_that_somebody_chose_is_no_tenants(eight, schema):
    with pytest.raises(ValueError, match=str(eight[0].ref.id)):
        TenantRef(id=eight[0].ref.id, schema=schema, slug="acme")


def test_another_tenants_schema_under_my_id_is_refused(eight):
    with pytest.raises(ValueError, match=str(eight[0].ref.id)):
        TenantRef(id=eight[0].ref.id, schema=eight[1].ref.schema, slug="acme")


def test_every_schema_name_is_generated_from_its_tenants_id(eight):
    with acting_for_platform("read all tenants"):
        stored = fetch("SELECT id, schema_name FROM tenant")
    assert len(stored) >= len(eight)
    assert all(schema == schema_of(tenant_id) for tenant_id, schema in stored)


def test_owners_scope_reaches_nothing_on_the_applications_connection(eight):
    for schema in ("public", eight[0].ref.schema):
        with administering(schema), pytest.raises(DatabaseError, match=r"permission denied|does not exist"):
            fetch(f'SELECT * FROM "{schema}".{"tenant" if schema == "public" else "event"}')


def test_scopes_of_threads_on_one_barrier_stay_apart(eight):
    barrier = threading.Barrier(len(eight))

    def ask(tenant: Any) -> set[str]:
        answers = set()
        for _ in range(10):
            barrier.wait(30)
            with acting_for(tenant.ref):
                answers |= markers()
        connection.close()
        return answers

    with ThreadPoolExecutor(len(eight)) as pool:
        assert list(pool.map(ask, eight)) == [{marker_of(tenant)} for tenant in eight]
