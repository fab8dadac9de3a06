"""A worker's session that PostgreSQL has ended costs no statement and no pass."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tenants.postgresql import base

NAME = "ended-session"


@pytest.fixture
def session(database: Any) -> Iterator[Any]:
    """A session without a pool, as workers have."""
    from django.db import connection

    settings = copy.deepcopy(connection.settings_dict)
    settings["CONN_MAX_AGE"], settings["CONN_HEALTH_CHECKS"] = None, True
    settings["OPTIONS"] = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    settings["OPTIONS"]["application_name"] = NAME
    wrapper = base.DatabaseWrapper(settings, NAME)
    yield wrapper
    wrapper.close()


def asked(wrapper: Any) -> int:
    """The process of PostgreSQL that answers at the begin of a pass."""
    from automate.kernel.tenancy import acting_for_platform

    wrapper.close_if_unusable_or_obsolete()
    with acting_for_platform("look for a test"), wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    return int(pid)


def test_pass_after_a_restart_meets_no_ended_session(session: Any, database: Any) -> None:
    before = asked(session)
    assert asked(session) == before
    with psycopg.connect(database.superuser_url, autocommit=True, dbname="automate") as root:
        assert root.execute("SELECT pg_terminate_backend(%s, 5000)", [before]).fetchall() == [(True,)]
    assert asked(session) != before


@pytest.mark.parametrize(("idle", "checks"), [(0.0, 0), (base.IDLE_SECONDS + 1, 1)])
def test_only_a_session_that_was_idle_for_long_is_asked(
    session: Any, monkeypatch: pytest.MonkeyPatch, idle: float, checks: int
) -> None:
    before, replied = asked(session), []
    replies = base._replies

    def counted(asked_session: Any) -> bool:
        replied.append(asked_session)
        return replies(asked_session)

    monkeypatch.setattr(base, "_replies", counted)
    session.connection.answered_at -= idle
    assert asked(session) == before
    assert len(replied) == checks
