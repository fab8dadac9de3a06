"""The mutation testWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PUBLISH_WORKFLOWS, RUN_WORKFLOWS
from automate.runs.queries import runs_by_id
from automate.simulation.live_tests import run_live
from automate.simulation.testing.services import run_mocked
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require
from graphql_schema.runs.types import ExecutionRun, run_of
from graphql_schema.testing.inputs import TestConnectors, TestWorkflowInput
from graphql_schema.testing.types import WorkflowTest, test_of


@strawberry.type
class TestWorkflowPayload(Payload):
    test: WorkflowTest | None = strawberry.field(
        default=None, description="The result of a test with mocked connectors. Null for LIVE."
    )
    run: ExecutionRun | None = strawberry.field(default=None, description="The run of a LIVE test.")


@strawberry.type
class TestWorkflow:
    @mutation(
        RUN_WORKFLOWS,
        "Run a draft or a version on an event. With mocked connectors, waits take no time, and nothing "
        "is sent or stored. LIVE starts a run with real effects. For a draft, LIVE also needs "
        "publish_workflows.",
    )
    def test_workflow(self, info: Info, input: TestWorkflowInput) -> TestWorkflowPayload:
        asked = input.asked(info.context.depth)
        if input.connectors is TestConnectors.MOCKED:
            return TestWorkflowPayload(test=test_of(run_mocked(asked, info.context.tests)))
        return TestWorkflowPayload(run=live_run(info, input))


def live_run(info: Info, given: TestWorkflowInput) -> ExecutionRun:
    # Raises NormalizedError.
    if given.version is None:
        require(info.context.principal, PUBLISH_WORKFLOWS)
    row_id = run_live(given.asked(info.context.depth), info.context.tests, idempotency_key=given.idempotency_key)
    return run_of(runs_by_id([row_id])[row_id])
