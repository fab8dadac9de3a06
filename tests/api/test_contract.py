"""The documents that clients hold are carried unchanged, and each is valid against its schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, validate

from tests.support.api import CONTRACT, MAIN_JOB, OPERATE, PLATFORM, Api

SHARED = Path(__file__).parents[3] / "shared"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not beside this checkout")
@pytest.mark.parametrize("name", ["README.md", "main_job.graphql", "operate.graphql", "platform.graphql"])
def test_contract_is_carried_unchanged(name: str) -> None:
    assert (CONTRACT / name).read_bytes() == (SHARED / "contract" / name).read_bytes()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not beside this checkout")
def test_yardstick_is_carried_unchanged() -> None:
    carried = Path(__file__).parents[2] / "bench" / "limit_a.py"
    assert carried.read_bytes() == (SHARED / "bench" / "limit_a.py").read_bytes()


def test_main_job_names_are_all_there() -> None:
    assert sorted(MAIN_JOB) == [
        "Event",
        "Events",
        "IngestEvent",
        "Node",
        "PublishWorkflow",
        "RunFeed",
        "RunWorkflow",
        "Runs",
        "SaveRule",
        "SaveSource",
        "SaveWorkflow",
        "Workflows",
    ]
    assert sorted(PLATFORM) == ["ResumeTenant", "SuspendTenant", "Tenants", "UpsertTenants"]


@pytest.mark.parametrize("name", sorted(MAIN_JOB))
def test_main_job_is_valid(name: str) -> None:
    from graphql_schema.schema import tenant_schema

    assert validate(tenant_schema._schema, parse(MAIN_JOB[name])) == []


@pytest.mark.parametrize("name", sorted(PLATFORM))
def test_platform_is_valid(name: str) -> None:
    from graphql_schema.schema import platform_schema

    assert validate(platform_schema._schema, parse(PLATFORM[name])) == []


@pytest.mark.parametrize(
    "name", ["CancelRuns", "ExplainRule", "OutboxJobs", "PlanRetry", "ReplayEvent", "RetryRuns", "Run"]
)
def test_operating_is_valid(name: str) -> None:
    from graphql_schema.schema import tenant_schema

    assert validate(tenant_schema._schema, parse(OPERATE[name])) == []


def test_whole_file_may_be_sent_with_a_name(api: Api) -> None:
    document = (CONTRACT / "main_job.graphql").read_text()
    response = api.post({"query": document, "operationName": "Runs", "variables": {"first": 1}})
    assert response.json()["data"]["runs"]["edges"] == []
