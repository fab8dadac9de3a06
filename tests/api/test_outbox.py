"""Jobs through the API: a dead one is seen, and gets another chance once."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import registry
from automate.outbox.topic_choices import OutboxJobTopic
from automate.recovery.poison import bury
from graphql_schema.ids import global_id
from graphql_schema.nodes import ENTITIES
from graphql_schema.outbox.types import SUBJECTS
from tests.conftest import NewTenant
from tests.support.api import Api

JOBS = """
query Jobs($states: [OutboxJobState!]) {
  outboxJobs(first: 20, filter: {states: $states}) {
    totalCount
    edges { node { id topic subject state attempts dueAt lastError { code message } } }
  }
}
"""
REDRIVE = "mutation Redrive($input: RedriveJobsInput!) { redriveJobs(input: $input) { jobs { id state } errors { code path } } }"


def _dead_job(tenant: NewTenant) -> uuid.UUID:
    """A match job that was claimed and given up."""
    job_id = uuid.uuid4()
    with acting_for(tenant.ref):
        claims.enqueue(tenant.ref.id, claims.EVENT_MATCH, [(job_id, job_id, "0" * 32)], max_attempts=1, held_seconds=30)
        job = ClaimedJob(job_id, job_id, 1, 1, 1, "0" * 32)
        assert bury([job], NormalizedError("POISON_JOB", "Its worker ended.")) == {job_id}
    return job_id


def test_every_topic_that_is_worked_off_is_listed_with_its_subject(tenant: NewTenant, api: Api) -> None:
    assert SUBJECTS.keys() == registry().keys()
    subject = uuid.uuid4()
    with acting_for(tenant.ref):
        for topic in registry():
            claims.enqueue(tenant.ref.id, topic, [(uuid.uuid4(), subject, "0" * 32)], max_attempts=1)
    nodes = [edge["node"] for edge in api.data(JOBS, states=None)["outboxJobs"]["edges"]]
    assert {node["topic"]: node["subject"] for node in nodes} == {
        OutboxJobTopic(topic).name: global_id(kind, subject) for topic, kind in SUBJECTS.items()
    }
    assert set(SUBJECTS.values()) <= ENTITIES.keys()


def test_a_dead_job_says_why(tenant: NewTenant, api: Api) -> None:
    _dead_job(tenant)
    answer = api.data(JOBS, states=["DEAD"])["outboxJobs"]
    assert answer["totalCount"] == 1
    node = answer["edges"][0]["node"]
    assert (node["topic"], node["state"]) == ("EVENT_MATCH", "DEAD")
    assert node["lastError"] == {"code": "POISON_JOB", "message": "Its worker ended."}


def test_a_dead_job_is_redriven_once(tenant: NewTenant, api: Api) -> None:
    job_id = _dead_job(tenant)
    listed = api.data(JOBS, states=["DEAD"])["outboxJobs"]["edges"][0]["node"]["id"]
    first = api.data(REDRIVE, input={"jobs": [listed]})["redriveJobs"]
    assert first == {"jobs": [{"id": listed, "state": "PENDING"}], "errors": []}
    assert api.data(REDRIVE, input={"jobs": [listed]})["redriveJobs"] == {"jobs": [], "errors": []}
    with acting_for(tenant.ref):
        assert fetch("SELECT state, attempts, alone FROM outbox_job WHERE id = %s", [job_id]) == [("pending", 0, True)]
        assert fetch("SELECT count(*) FROM audit_entry WHERE action = 'job.redrive'") == [(1,)]


def test_another_tenants_job_is_left_alone(
    tenant: NewTenant, tenant_factory: Callable[[], NewTenant], api: Api
) -> None:
    _dead_job(tenant)
    listed = api.data(JOBS, states=["DEAD"])["outboxJobs"]["edges"][0]["node"]["id"]
    other = Api(tenant_factory().token)
    assert other.data(JOBS, states=None)["outboxJobs"]["edges"] == []
    nowhere = global_id("OutboxJob", uuid.uuid4())
    assert other.data(REDRIVE, input={"jobs": [listed, "nonsense", nowhere]})["redriveJobs"] == {
        "jobs": [],
        "errors": [{"code": "NOT_FOUND", "path": ["jobs", str(place)]} for place in range(3)],
    }
    with acting_for(tenant.ref):
        assert fetch("SELECT state FROM outbox_job") == [("dead",)]


def test_an_unknown_job_keeps_no_other_from_being_redriven(tenant: NewTenant, api: Api) -> None:
    _dead_job(tenant)
    listed = api.data(JOBS, states=["DEAD"])["outboxJobs"]["edges"][0]["node"]["id"]
    assert api.data(REDRIVE, input={"jobs": ["nonsense", listed]})["redriveJobs"] == {
        "jobs": [{"id": listed, "state": "PENDING"}],
        "errors": [{"code": "NOT_FOUND", "path": ["jobs", "0"]}],
    }


def test_too_many_jobs_are_refused_by_name(tenant: NewTenant, api: Api) -> None:
    answer = api.data(REDRIVE, input={"jobs": ["x"] * 101})["redriveJobs"]
    assert answer == {"jobs": [], "errors": [{"code": "LIMIT_EXCEEDED", "path": ["jobs"]}]}
