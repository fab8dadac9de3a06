"""Statements that go to PostgreSQL together: in order, in the scope of the code that runs them, and all or none."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, connection

from automate.kernel.sql import Done, execute_all, fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import TransactionRequiredError, in_transaction

SET = "SELECT set_config('automate.test', %s, true)"
READ = "SELECT current_setting('automate.test')"
RENAME = "UPDATE source SET options = '{\"touched\": true}' WHERE slug = %s"
DIVIDE = "SELECT 1 / %s"
TOUCHED = "SELECT count(*) FROM source WHERE options ? 'touched'"


def test_each_sees_what_the_one_before_did(tenant: Any) -> None:
    with acting_for(tenant.ref), in_transaction():
        done = execute_all([(SET, ["first"]), (READ, []), (RENAME, ["api"]), (RENAME, ["none"])])
    assert done == [Done(1, [("first",)]), Done(1, [("first",)]), Done(1, []), Done(0, [])]


def test_one_that_fails_takes_all_with_it(tenant: Any) -> None:
    """The scope, too, where it was set within: the next statement sets it again."""
    with acting_for(tenant.ref):
        with pytest.raises(DataError, match="division by zero"), in_transaction():
            execute_all([(RENAME, ["api"]), (DIVIDE, [0]), (RENAME, ["api"])])
        assert fetch(TOUCHED) == [(0,)]
        with in_transaction():
            assert execute_all([(RENAME, ["api"]), (DIVIDE, [1])])[0].touched == 1
        assert fetch(TOUCHED) == [(1,)]


def test_they_run_in_the_scope_of_their_code(tenant_factory: Any) -> None:
    one, other = tenant_factory(), tenant_factory()
    for tenant in (one, other):
        with acting_for(tenant.ref), in_transaction():
            (role, schema) = execute_all([("SELECT current_user", []), ("SELECT current_schema()", [])])
            assert (role.rows, schema.rows) == ([(tenant.ref.schema,)], [(tenant.ref.schema,)])
    with acting_for_platform("read as the platform"), in_transaction():
        ((role,),) = execute_all([("SELECT current_user", [])])[0].rows
        assert role not in {one.ref.schema, other.ref.schema}
    assert not connection.in_atomic_block


def test_outside_a_transaction_they_are_refused(tenant: Any) -> None:
    with acting_for(tenant.ref), pytest.raises(TransactionRequiredError):
        execute_all([(RENAME, ["api"])])
