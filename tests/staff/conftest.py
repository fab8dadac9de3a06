from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from automate.kernel.tenancy import TenantRef, acting_for
from tests.support import rows, staff
from tests.support.api import Api


@dataclass(frozen=True)
class Filled:
    """A tenant with some rows of each kind."""

    ref: TenantRef
    token: str
    event: Any
    run: Any
    job: Any


def fill(made: Any, count: int = 2) -> Filled:
    with acting_for(made.ref):
        flow = rows.flow()
        events = [rows.event({"n": n, "password": "hunter2"}) for n in range(count)]
        runs = [rows.run(flow, one) for one in events]
    jobs = [staff.dead_job(made.ref) for _ in range(count)]
    for n in range(count):
        source = {"slug": f"source-{n}", "scheme": "UNSIGNED"}
        Api(made.token).data("mutation ($i: SaveSourceInput!) { saveSource(input: $i) { errors { code } } }", i=source)
    return Filled(made.ref, made.token, events[0], runs[0], jobs[0])


@pytest.fixture(scope="session")
def filled(tenant_factory: Callable[[], Any]) -> Filled:
    """Tests only read it."""
    return fill(tenant_factory())


@pytest.fixture(scope="session")
def root_user(database: Any) -> Client:
    """A browser of a superuser."""
    return staff.superuser()
