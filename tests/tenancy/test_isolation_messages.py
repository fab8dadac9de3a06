"""A message names a tenant and jobs: one that mixes two tenants does nothing, whatever put it into Redis."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import NoScopeError, acting_for, acting_for_platform
from automate.outbox import claims
from automate.runs.versions import compiled_versions
from tests.support.isolation import quiet_flow
from tests.support.plane import work_off as run_message

NEW_JOB = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, dispatched_at, fence, attempts,
                        max_attempts, parked, trace_id, created_at)
VALUES (%s, %s, 'event.match', %s, 'dispatched', true, false, now() + interval '1 day', now(), 0, 0, 5, '', '', now())
"""


@pytest.fixture
def job_of(eight: list[Any]) -> Any:
    """Puts down a dispatched job of a tenant that no relay takes before tomorrow."""
    made: list[uuid.UUID] = []

    def make(tenant: Any) -> uuid.UUID:
        made.append(uuid.uuid4())
        with acting_for(tenant.ref):
            execute(NEW_JOB, [made[-1], tenant.ref.id, uuid.uuid4()])
        return made[-1]

    yield make
    with acting_for_platform("tidy up"):
        execute("DELETE FROM outbox_job WHERE id = ANY (%s)", [made])


def state_of(job: uuid.UUID) -> Any:
    with acting_for_platform("look at a job"):
        return fetch("SELECT state, fence, attempts FROM outbox_job WHERE id = %s", [job])


def never(_run_set: Any, jobs: Sequence[Any]) -> list[Any]:
    raise AssertionError(jobs)


def test_another_tenants_jobs_in_a_message_are_not_claimed(eight, job_of):
    job = job_of(eight[1])
    run_message(eight[0].ref.id, [job], never)
    assert state_of(job) == [("dispatched", 0, 0)]


def test_a_tenants_own_jobs_beside_anothers_are_claimed_alone(eight, job_of):
    mine, theirs = job_of(eight[0]), job_of(eight[1])
    seen: list[uuid.UUID] = []

    def begin(_run_set: Any, jobs: Sequence[Any]) -> list[Any]:
        seen.extend(job.id for job in jobs)
        return []

    run_message(eight[0].ref.id, [theirs, mine], begin)
    assert seen == [mine]
    assert state_of(theirs) == [("dispatched", 0, 0)]


def test_claim_for_a_tenant_that_the_code_does_not_act_for_takes_nothing(eight, job_of):
    job = job_of(eight[1])
    with acting_for(eight[0].ref):
        assert claims.claim(eight[1].ref.id, [job], lease_seconds=30) == []
    assert state_of(job) == [("dispatched", 0, 0)]
    with acting_for(eight[1].ref):
        assert [held.id for held in claims.claim(eight[1].ref.id, [job], lease_seconds=30)] == [job]


@pytest.mark.parametrize("forged", [uuid.UUID(int=0), uuid.uuid4()])
def test_message_of_an_unknown_tenant_is_let_go_and_takes_nothing(eight, job_of, forged, capsys):
    """Its worker goes on with those of others, and says what it met."""
    job = job_of(eight[0])
    run_message(forged, [job], never)
    assert "no tenant" in capsys.readouterr().out
    assert state_of(job) == [("dispatched", 0, 0)]


def test_message_leaves_no_scope_in_its_thread(eight, job_of):
    run_message(eight[0].ref.id, [job_of(eight[1])], never)
    with pytest.raises(NoScopeError):
        fetch("SELECT 1")


def test_remembered_version_of_one_tenant_is_unknown_to_another(eight):
    """Compiled versions are cached in the process: the cache must not answer what the schema would not show."""
    with acting_for(eight[0].ref):
        version = quiet_flow().version
        assert set(compiled_versions([version])) == {version}
    with acting_for(eight[1].ref):
        assert compiled_versions([version]) == {}
