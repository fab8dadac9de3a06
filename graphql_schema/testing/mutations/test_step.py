"""The mutation testStep."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RUN_WORKFLOWS
from automate.simulation.testing.services import run_mocked
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.testing.inputs import TestConnectors, TestStepInput
from graphql_schema.testing.mutations.test_workflow import live_run
from graphql_schema.testing.types import TestedStep, WorkflowTest, test_of


@strawberry.type
class TestStepPayload(Payload):
    step: TestedStep | None = strawberry.field(
        default=None, description="The result of the step with mocked connectors. Null for LIVE."
    )
    test: WorkflowTest | None = strawberry.field(
        default=None, description="The step, and the mocked steps that it needs."
    )
    run: ExecutionRun | None = strawberry.field(
        default=None, description="The run of a LIVE test, in which only this step makes its call."
    )


@strawberry.type
class TestStep:
    @mutation(
        RUN_WORKFLOWS,
        "Run one step of a draft or version on an event. The results of steps that it needs come from "
        "outputs, world, a recorded run, or examples. LIVE makes the call of this step. For a draft, "
        "LIVE also needs publish_workflows.",
    )
    def test_step(self, info: Info, input: TestStepInput) -> TestStepPayload:
        if input.connectors is TestConnectors.LIVE:
            return TestStepPayload(run=live_run(info, input))
        made = test_of(run_mocked(input.asked(info.context.depth), info.context.tests))
        return TestStepPayload(step=next(one for one in made.steps if one.key == input.step), test=made)
