from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from tests.support import rows
from tests.support.api import Api

BUSY_ROWS = 60
STOP_SECONDS = 20
"""A server that does not stop by then hangs."""


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


@pytest.fixture
def stage(tenant: Any) -> Any:
    """A run for subscribers of the feed to follow."""
    from tests.support.run_feed import Stage

    with acting_for(tenant.ref):
        made = rows.flow()
        return Stage(tenant, made, rows.run(made, rows.event(), state="running"))


@dataclass(frozen=True)
class Busy:
    """A tenant with a workflow, and BUSY_ROWS events, each with a run of three steps. Tests only read it."""

    ref: TenantRef
    api: Api
    flow: rows.Flow
    events: list[Any]
    runs: list[Any]


@pytest.fixture(scope="session")
def busy(tenant_factory: Callable[[], Any]) -> Busy:
    made = tenant_factory()
    with acting_for(made.ref):
        flow = rows.flow()
        events = [rows.event({"n": n, "password": "hunter2"}) for n in range(BUSY_ROWS)]
        runs = [rows.run(flow, event) for event in events]
    return Busy(made.ref, Api(made.token), flow, events, runs)


@pytest.fixture(scope="session")
def token_for() -> Callable[[TenantRef | None, str], str]:
    """A token of a role; of the platform where the tenant is None."""

    def make(tenant: TenantRef | None, role: str) -> str:
        from tenants.models import Tenant
        from tenants.tokens import mint

        with acting_for_platform("mint a token for a test"):
            token, row = mint(Tenant.objects.get(id=tenant.id) if tenant else None, f"test {role}", role)
            row.save()
        return token

    return make


@pytest.fixture
def platform(database: Any, token_for: Callable[[None, str], str]) -> Api:
    return Api(token_for(None, "platform"))


RUN = """
import uvicorn
from automate.web.protocol import BoundedProtocol
from automate.serving.socket_protocol import FramesProtocol
uvicorn.run(
    application, port=0, access_log=False, http=BoundedProtocol, ws=FramesProtocol, ws_per_message_deflate=False
)
"""


@contextmanager
def serving(program: str) -> Iterator[str]:
    """A real server process; its ``host:port``. program: Python that leaves the application in ``application``."""
    code = f"{program}\n{RUN}"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "AUTOMATE_DATABASE_POOL_SIZE": "4", "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            found = re.search(r"running on http://(127\.0\.0\.1:\d+)", line)
            if found:
                # Nobody reads on: what it logs from here may not fill the pipe.
                reader = threading.Thread(target=said.extend, args=(process.stderr,))
                reader.start()
                yield found.group(1)
                break
        else:
            pytest.fail("the server did not start:\n" + "".join(said))
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        reader.join()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def serve() -> Callable[[str], Any]:
    """``serving``, for tests whose server is their own."""
    return serving


@pytest.fixture(scope="session")
def web(database: Any) -> Iterator[str]:
    with serving("from automate.web.asgi import application") as host:
        yield host


@pytest.fixture(scope="package")
def web_with_quick_checkpoints(database: Any) -> Iterator[str]:
    """Checkpoints each half second."""
    program = """
from automate.web.asgi import application
from graphql_schema.feeds import hubs
hubs.CHECKPOINT_SECONDS = 0.5
"""
    with serving(program) as host:
        yield host


@pytest.fixture
def run_async() -> Callable[[Any], Any]:
    """Run a coroutine to its end, within a minute."""

    def run(work: Any) -> Any:
        return asyncio.run(asyncio.wait_for(work, 60))

    return run


@pytest.fixture(scope="session")
def settings_of() -> Callable[..., Any]:
    """Django settings for the length of a ``with``."""
    from django.test.utils import override_settings

    return override_settings


@pytest.fixture
def failed(plane: Any) -> Iterator[Callable[[int], list[Any]]]:
    """Makes runs of one workflow that have failed alike."""
    from tests.support.bulk import failed_runs, one_step
    from tests.support.plane import Scripted, connectors

    with connectors(scripted := Scripted()):
        made = one_step(plane, scripted)
        yield lambda count: failed_runs(plane, made, count)


@pytest.fixture
def named(plane: Any, failed: Callable[[int], list[Any]]) -> dict[str, str]:
    """What a filter can name: a failed run with all that led to it, and a dead job."""
    from automate.kernel.errors import NormalizedError
    from automate.kernel.tenancy import acting_for
    from automate.recovery import poison
    from graphql_schema.ids import global_id

    failed(1)
    columns = "workflow_id, workflow_version_id, rule_id, event_id, fingerprint"
    ((workflow, version, rule, event, failure),) = plane.rows(f"SELECT {columns} FROM execution_run")
    plane.send({})
    (job,) = plane.claim()
    with acting_for(plane.tenant):
        poison.dead_letter([job], NormalizedError("INTERNAL", "Out of memory."))
    ((death,),) = plane.root.rows("SELECT fingerprint FROM public.outbox_job WHERE fingerprint IS NOT NULL")
    return {
        "workflow": global_id("Workflow", workflow),
        "version": global_id("WorkflowVersion", version),
        "rule": global_id("RuleSpec", rule),
        "event": global_id("Event", event),
        "failure": failure.hex,
        "death": death.hex,
    }
