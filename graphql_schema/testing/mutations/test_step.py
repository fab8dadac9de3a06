"""The mutation testStep."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RUN_WORKFLOWS
from automate.simulation.testing.services import run_mocked
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.testing.inputs import TestConnectors, TestStepInput
from graphql_schema.testing.mutations.test_workflow import live_run
from graphql_schema.testing.types import TestedStep, WorkflowTest, test_of


@strawberry.type
class TestStepPayload:
    step: TestedStep | None = strawberry.field(
        default=None, description="The result of the step with mocked connectors. Null for LIVE."
    )
    test: WorkflowTest | None = strawberry.field(
        default=None, description="The step, and the mocked steps that it needs."
    )
    run: ExecutionRun | None = strawberry.field(
        default=None, description="The run of a LIVE test, in which only this step makes its call."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class TestStep:
    @strawberry.mutation(
        extensions=[Requires(RUN_WORKFLOWS)],
        description="Run one step of a draft or version on an event. The results of steps that it needs come from "
        "outputs, world, a recorded run, or examples. LIVE makes the call of this step. For a draft, "
        "LIVE also needs publish_workflows.",
    )
    @refusals_in(TestStepPayload)
    def test_step(self, info: Info, input: TestStepInput) -> TestStepPayload:  # noqa: A002 - Relay's word
        if input.connectors is TestConnectors.LIVE:
            return planned(info, TestStepPayload(run=live_run(info, input)))
        made = test_of(run_mocked(input.asked(info.context.depth), info.context.tests))
        return planned(info, TestStepPayload(step=next(one for one in made.steps if one.key == input.step), test=made))
