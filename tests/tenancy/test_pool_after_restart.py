"""A pool whose sessions PostgreSQL has ended costs nobody a request."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import django
import psycopg
import pytest

pytestmark = pytest.mark.skipif(django.VERSION < (5, 1), reason="this Django has no pool")
NAME = "pool-after-restart"
MOST = 4
GET_SECONDS = 5


@pytest.fixture
def pooled(database: Any) -> Iterator[Any]:
    from django.db import connection

    from tenants.postgresql.base import DatabaseWrapper

    settings = copy.deepcopy(connection.settings_dict)
    settings["CONN_MAX_AGE"] = 0
    settings["CONN_HEALTH_CHECKS"] = False
    settings["OPTIONS"] |= {"application_name": NAME, "pool": {"min_size": 2, "max_size": MOST, "timeout": 10}}
    wrapper = DatabaseWrapper(settings, NAME)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask(wrapper: Any) -> int:
    from automate.kernel.tenancy import acting_for_platform

    with acting_for_platform("look for a test"), wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() FROM tenant RIGHT JOIN (SELECT 1) one ON true LIMIT 1")
        ((pid,),) = cursor.fetchall()
    wrapper.close()
    return int(pid)


def test_request_after_a_restart_meets_no_dead_session(pooled: Any, database: Any) -> None:
    before = ask(pooled)
    pooled.pool.wait()
    with psycopg.connect(database.superuser_url, autocommit=True, dbname="automate") as root:
        ended = root.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s", [NAME]
        ).fetchall()
    assert set(ended) == {(True,)}
    assert ask(pooled) != before
    # Each dead session went back to the pool, which replaced it: the pool still lends as many as it may.
    lent = [pooled.pool.getconn(timeout=GET_SECONDS) for _ in range(MOST)]
    for session in lent:
        pooled.pool.putconn(session)


def test_pool_does_not_wait_for_as_long_again_as_the_database_was_away() -> None:
    from automate.project.databases import database

    made: Any = database(
        "postgresql://a@127.0.0.1/a",
        pool_size=8,
        statement_timeout_ms=1,
        lock_timeout_ms=0,
        process="web",
        connect_seconds=5,
        idle_timeout_ms=1_000,
    )
    pool = made["OPTIONS"]["pool"]
    assert pool["reconnect_timeout"] <= 2
