"""testStep: what one step does on an event, with connectors mocked or for real."""

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
    step: TestedStep | None = strawberry.field(default=None, description="Where connectors were mocked.")
    test: WorkflowTest | None = strawberry.field(
        default=None, description="The step with those that it needs, which were mocked."
    )
    run: ExecutionRun | None = strawberry.field(
        default=None, description="Where the step was taken for real. Those before it were not."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class TestStep:
    @strawberry.mutation(
        extensions=[Requires(RUN_WORKFLOWS)],
        description="Take one step of a draft or a version on an event, after what it needs has given what outputs, world or a "
        "recorded run say, or an example. LIVE sends what that one step sends; of a draft that needs publish_workflows, too.",
    )
    @refusals_in(TestStepPayload)
    def test_step(self, info: Info, input: TestStepInput) -> TestStepPayload:  # noqa: A002 - Relay's word
        if input.connectors is TestConnectors.LIVE:
            return planned(info, TestStepPayload(run=live_run(info, input)))
        made = test_of(run_mocked(input.asked(info.context.depth), info.context.tests))
        return planned(info, TestStepPayload(step=next(one for one in made.steps if one.key == input.step), test=made))
