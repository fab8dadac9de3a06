"""The result of a test with mocked connectors."""

from __future__ import annotations

from enum import Enum

import strawberry

from automate.kernel.errors import NormalizedError
from automate.runs.choices import RunState, StepState
from automate.simulation.testing.report import CallSeen, EdgeSeen, Report, StepSeen
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.scalars import JSON


@strawberry.enum(description="Where the result of a step comes from.")
class TestMock(Enum):
    GIVEN = strawberry.enum_value("GIVEN", description="From the request.")
    RECORDED = strawberry.enum_value("RECORDED", description="From the recorded run.")
    EXAMPLE = strawberry.enum_value(
        "EXAMPLE", description="From an example of the connector, or an approval that was assumed."
    )


@strawberry.type(description="A call that a real run would make.")
class TestedCall:
    uses: str = strawberry.field(description="The connector.")
    item: int | None = strawberry.field(
        description="The position of the item within a flow.for_each. Null outside of one."
    )
    compensates: bool = strawberry.field(description="Whether this is the call of the step's compensation.")
    attempt: int = strawberry.field(description="The number of the attempt, from 1.")
    at_seconds: float = strawberry.field(description="Seconds from the start of the run to the call.")
    seconds: float = strawberry.field(description="The duration of the call in seconds.")
    host: str | None = strawberry.field(description="The host of the call. Null if it is unknown.")
    input: JSON = strawberry.field(
        description="The input after templates were rendered. It is redacted and shows secrets by name."
    )
    mock: TestMock | None = strawberry.field(
        description="Where the result of the call comes from. Null if the connector would refuse the input."
    )
    output: JSON | None = strawberry.field(description="The output of the call. Null if it failed.")
    error: ErrorAnswer | None = strawberry.field(
        description="The error with which the call failed. Null if it succeeded."
    )
    refusals: list[ErrorAnswer] = strawberry.field(
        description="Why the rules of the used secrets would refuse the call. Empty if they allow it."
    )


@strawberry.type(description="A step of a workflow that was tested.")
class TestedStep:
    key: str = strawberry.field(description="The key of the step.")
    uses: str = strawberry.field(description="The connector or the flow step, as in `uses`.")
    state: StepState | None = strawberry.field(
        description="The state of the step. Null if the run did not reach the step."
    )
    reason: str | None = strawberry.field(description="The reason for the state, such as why it was skipped.")
    input: JSON | None = strawberry.field(description="The input after templates were rendered, redacted.")
    output: JSON | None = strawberry.field(description="The output. Null before the step succeeds.")
    error: ErrorAnswer | None = strawberry.field(
        description="The error of the step. Its path is a path in the definition."
    )
    mock: TestMock | None = strawberry.field(
        description="Where the output comes from. Null if the engine itself made it."
    )
    starts_at_seconds: float | None = strawberry.field(
        description="Seconds from the start of the run to the start of the step."
    )
    ends_at_seconds: float | None = strawberry.field(
        description="Seconds from the start of the run to the end of the step. Null if it does not end."
    )
    waited_seconds: float = strawberry.field(
        description="The seconds that the step would wait in all attempts together."
    )
    calls: list[TestedCall] = strawberry.field(description="The calls that the step would make.")


@strawberry.type(description="An edge of the graph: from a step to another step that needs it.")
class TestedEdge:
    source: str = strawberry.field(description="The key of the earlier step.")
    target: str = strawberry.field(description="The key of the later step.")
    taken: bool = strawberry.field(description="Whether the run took this edge.")


@strawberry.type(description="The result of a simulated run. Nothing was sent or stored.")
class WorkflowTest:
    state: RunState = strawberry.field(description="The state in which the run ends.")
    reason: str | None = strawberry.field(description="Why the run ends in this state. Null without a reason.")
    error: ErrorAnswer | None = strawberry.field(description="The error with which the run ends. Null without one.")
    seconds: float = strawberry.field(
        description="The seconds that the run would take in reality. The test did not wait for them."
    )
    steps: list[TestedStep] = strawberry.field(description="The steps, in the order of the definition.")
    edges: list[TestedEdge]
    emitted: list[JSON] = strawberry.field(description="The events that the run would send.")
    stopped: ErrorAnswer | None = strawberry.field(
        description="The limit because of which the test was stopped. The result shows the steps up to then. Null "
        "if the test was not stopped."
    )


def test_of(report: Report) -> WorkflowTest:
    return WorkflowTest(
        state=RunState(report.state),
        reason=report.reason or None,
        error=_answer(report.error),
        seconds=report.seconds,
        steps=[step_of(step) for step in report.steps],
        edges=[_edge(edge) for edge in report.edges],
        emitted=[JSON(event) for event in report.emitted],
        stopped=_answer(report.stopped),
    )


def step_of(step: StepSeen) -> TestedStep:
    return TestedStep(
        key=step.key,
        uses=step.uses,
        state=None if step.state is None else StepState(step.state),
        reason=step.reason or None,
        input=None if step.input is None else JSON(step.input),
        output=None if step.output is None else JSON(step.output),
        error=_answer(step.error),
        mock=None if step.mock is None else TestMock(step.mock),
        starts_at_seconds=step.starts_at_seconds,
        ends_at_seconds=step.ends_at_seconds,
        waited_seconds=step.waited_seconds,
        calls=[_call(call) for call in step.calls],
    )


def _call(call: CallSeen) -> TestedCall:
    return TestedCall(
        uses=call.uses,
        item=call.item,
        compensates=call.compensates,
        attempt=call.attempt,
        at_seconds=call.at_seconds,
        seconds=call.seconds,
        host=call.host or None,
        input=JSON(call.input),
        mock=None if call.mock is None else TestMock(call.mock),
        output=None if call.output is None else JSON(call.output),
        error=_answer(call.error),
        refusals=[answer_of(refusal) for refusal in call.refusals],
    )


def _edge(edge: EdgeSeen) -> TestedEdge:
    return TestedEdge(source=edge.source, target=edge.target, taken=edge.taken)


def _answer(error: NormalizedError | None) -> ErrorAnswer | None:
    return None if error is None else answer_of(error)
