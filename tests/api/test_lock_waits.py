"""A lock that is held makes requests wait a bounded time, and the error reports the holder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import psycopg
import pytest
from django.test import override_settings
from psycopg import sql

from automate.kernel import locks
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tests.support.api import Api
from tests.support.plane import Plane
from tests.support.servers import Servers

PUBLISH = """
mutation($workflow: String!) { publishWorkflow(input: {workflow: $workflow}) { workflowVersion { number } errors { code retryable details } } }"""
ARCHIVE = """
mutation($workflow: String!) { archiveWorkflow(input: {workflow: $workflow, reason: "x"}) { errors { code retryable details } } }"""
SAVE = """
mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code } } }"""
PAUSE = """
mutation { pauseTenant(input: {reason: "x"}) { errors { code details } } }"""
DEFINITION = {"schema": 1, "steps": [{"key": "a", "uses": "flow.transform", "with": {"output": 1}}]}
LOCK_TIMEOUT_MS = 400
HELD_SECONDS = 20.0
"""A request that waits for the holder answers after this time."""
AT_ONCE_SECONDS = 5.0
FLOOD = 8
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
SERVER = f"""
import os
os.environ.update(AUTOMATE_PROCESS="web", AUTOMATE_WEB_THREADS="8", AUTOMATE_LOCK_TIMEOUT_MS="{LOCK_TIMEOUT_MS}")
from automate.web.asgi import application
"""


@pytest.fixture
def flow(api: Api) -> str:
    given = {"slug": "orders", "name": "Orders", "definition": DEFINITION}
    assert api.data(SAVE, input=given)["saveWorkflow"]["errors"] == []
    return "orders"


Hold = Callable[..., Any]


@pytest.fixture
def hold(database: Servers, tenant: Any) -> Hold:
    """Hold rows of a table in a transaction of another session, as a process of that name does."""

    @contextmanager
    def held(table: str, strength: str, *, process: str = "worker", schema: str = "") -> Iterator[None]:
        url = database.superuser_url
        with psycopg.connect(url, dbname="automate", application_name=process) as session:
            name = sql.Identifier(schema or tenant.ref.schema, table)
            session.execute(sql.SQL("SELECT 1 FROM {} FOR {}").format(name, sql.SQL(strength)))
            yield
            session.rollback()

    return held


@pytest.fixture
def interactive(tenant: Any) -> Iterator[None]:
    """This process waits for locks as web does."""
    with override_settings(LOCK_TIMEOUT_MS=LOCK_TIMEOUT_MS):
        wait_as_web_does(tenant)
        yield
        with acting_for(tenant.ref):
            execute("RESET lock_timeout")


def wait_as_web_does(tenant: Any) -> None:
    with acting_for(tenant.ref):
        execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")


@pytest.mark.usefixtures("interactive")
def test_publish_does_not_wait_for_runs_that_begin(api: Api, flow: str, hold: Hold) -> None:
    with hold("workflow", "KEY SHARE"):
        answer = api.data(PUBLISH, workflow=flow)["publishWorkflow"]
    assert answer == {"workflowVersion": {"number": 1}, "errors": []}


@pytest.mark.usefixtures("interactive")
def test_archive_waits_for_runs_that_begin_and_reports_the_worker(api: Api, flow: str, hold: Hold) -> None:
    """No run begins after the answer of archiveWorkflow, so its lock is strong."""
    with hold("workflow", "KEY SHARE"):
        (error,) = api.data(ARCHIVE, workflow=flow)["archiveWorkflow"]["errors"]
    assert (error["code"], error["retryable"]) == ("LOCKED", True)
    assert error["details"] == {
        "held": "workflow",
        "holders": [{"process": "worker", "operation": ""}],
        "retry_after_seconds": 1,
    }
    assert api.data(ARCHIVE, workflow=flow)["archiveWorkflow"]["errors"] == []


@pytest.mark.usefixtures("interactive")
def test_sessions_of_other_programs_are_not_named(api: Api, flow: str, hold: Hold) -> None:
    with hold("workflow", "UPDATE", process="secret-tool of ops"):
        (error,) = api.data(PUBLISH, workflow=flow)["publishWorkflow"]["errors"]
    assert error["details"]["holders"] == [{"process": "other", "operation": ""}]
    assert "secret-tool" not in str(error)


@pytest.mark.usefixtures("interactive")
def test_holders_of_shared_tables_are_not_looked_up(api: Api, hold: Hold) -> None:
    """They may work for another tenant."""
    with hold("outbox_lane", "UPDATE", schema="public"):
        (error,) = api.data(PAUSE)["pauseTenant"]["errors"]
    assert (error["code"], error["details"]["holders"]) == ("LOCKED", [])


def test_error_names_the_operation_of_this_process(
    api: Api, flow: str, tenant: Any, interactive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_for(tenant.ref), ThreadPoolExecutor(1) as other:
        asked = list[Any]()

        def ask() -> None:
            from django.db import connection

            wait_as_web_does(tenant)
            asked.append(api.data(PUBLISH, workflow=flow)["publishWorkflow"]["errors"])
            connection.close()

        with locks.operation("rollBackWorkflow"), in_transaction():
            fetch("SELECT id FROM workflow FOR NO KEY UPDATE")
            other.submit(ask).result(HELD_SECONDS)
    ((error,),) = asked
    assert [one["operation"] for one in error["details"]["holders"]] == ["rollBackWorkflow"]


@pytest.mark.slow
@pytest.mark.usefixtures("flow")
def test_locked_row_stops_neither_health_nor_another_tenant(
    serve: Callable[[str], Any], api: Api, hold: Hold, tenant_factory: Callable[[], Any], plane: Plane
) -> None:
    """Eight requests for one row take every thread of web; without a time-out they keep them until the holder is gone."""
    other = tenant_factory()
    with serve(SERVER) as host, httpx2.Client(base_url=f"http://{host}", trust_env=False, timeout=HELD_SECONDS) as web:

        def post(token: str, query: str, **variables: Any) -> tuple[float, Any]:
            began = time.monotonic()
            headers = {"Authorization": f"Bearer {token}"}
            answer = web.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()
            return time.monotonic() - began, answer

        post(other.token, "{ __typename }")
        with hold("workflow", "UPDATE"), ThreadPoolExecutor(FLOOD) as pool:
            flood = [pool.submit(post, api.token, PUBLISH, workflow="orders") for _ in range(FLOOD)]
            plane.until(lambda: plane.root.value(WAITING) >= FLOOD // 4)
            began = time.monotonic()
            assert web.get("/healthz").status_code == 200
            assert time.monotonic() - began < AT_ONCE_SECONDS
            seconds, answer = post(other.token, "{ workflows { nodes { slug } } }")
            assert seconds < AT_ONCE_SECONDS, answer
            answers = [one.result()[1] for one in flood]
            codes = [answer["data"]["publishWorkflow"]["errors"][0]["code"] for answer in answers]
        assert codes == ["LOCKED"] * FLOOD
        _, answer = post(api.token, PUBLISH, workflow="orders")
        assert answer["data"]["publishWorkflow"] == {"workflowVersion": {"number": 1}, "errors": []}
