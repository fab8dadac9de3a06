from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for, acting_for_platform
from tests.support import rows
from tests.support.isolation import TENANTS, marker_of


@pytest.fixture(scope="session")
def eight(tenant_factory: Callable[[], Any]) -> list[Any]:
    """Eight tenants with three events each, whose type is the tenant's marker. Tests only read them."""
    made = [tenant_factory() for _ in range(TENANTS)]
    for tenant in made:
        with acting_for(tenant.ref):
            for _ in range(3):
                rows.event({"marker": marker_of(tenant)}, kind=marker_of(tenant))
    return made


Role = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture
def as_role(database) -> Iterator[Role]:
    """A session of the application's login, which has taken a role (``none``: itself alone)."""
    sessions = []

    def take(role: str) -> psycopg.Connection[Any]:
        session = psycopg.connect(database.app_url, autocommit=True)
        sessions.append(session)
        path = f'"{role}", public' if role.startswith("t_") else "public"
        session.execute("SELECT set_config('role', %s, false), set_config('search_path', %s, false)", [role, path])
        return session

    yield take
    for session in sessions:
        session.close()


@pytest.fixture
def as_owner(database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.admin_url, autocommit=True) as session:
        yield session


@pytest.fixture(scope="session")
def two(eight: list[Any]) -> tuple[Any, Any]:
    """Two tenants, each with a row of its own in every guarded table."""
    with acting_for_platform("rows for a test"):
        for tenant in eight[:2]:
            number = tenant.ref.id
            person = uuid.uuid4()
            execute(
                "INSERT INTO person (id, email, name, password, is_staff, is_superuser, is_active, date_joined)"
                " VALUES (%s, %s, '', '', false, false, true, now())",
                [person, f"{number}@example.test"],
            )
            execute(
                "INSERT INTO membership (id, tenant_id, user_id, role, created_at) VALUES (%s, %s, %s, 'owner', now())",
                [uuid.uuid4(), number, person],
            )
            execute(
                "INSERT INTO invitation (id, tenant_id, email, role, token_hash, serial, invited_by, created_at, expires_at)"
                " VALUES (%s, %s, 'new@example.test', 'owner', %s, 1, '{}', now(), now())",
                [uuid.uuid4(), number, uuid.uuid4().hex],
            )
            execute("INSERT INTO budget_slot (holder_id, tenant_id) VALUES (%s, %s)", [uuid.uuid4(), number])
            execute(
                "INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
                " max_attempts, parked, trace_id, created_at, finished_at) VALUES (%s, %s, 'run.advance', %s, 'done',"
                " false, false, now(), 0, 0, 5, '', '', now(), now())",
                [uuid.uuid4(), number, uuid.uuid4()],
            )
    return eight[0], eight[1]
