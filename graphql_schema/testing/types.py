"""What a test with mocked connectors shows."""

from __future__ import annotations

from enum import Enum

import strawberry

from automate.kernel.errors import NormalizedError
from automate.runs.choices import RunState, StepState
from automate.simulation.testing.report import CallSeen, EdgeSeen, Report, StepSeen
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.scalars import JSON


@strawberry.enum(description="Where what a step got comes from.")
class TestMock(Enum):
    GIVEN = strawberry.enum_value("GIVEN", description="The request said it.")
    RECORDED = strawberry.enum_value("RECORDED", description="The run that was named got it.")
    EXAMPLE = strawberry.enum_value("EXAMPLE", description="Nobody said it: it is an example, or people's consent.")


@strawberry.type(description="A call that would have been made.")
class TestedCall:
    uses: str = strawberry.field(description="The connector.")
    item: int | None = strawberry.field(description="The place within a flow.for_each; null outside one.")
    compensates: bool = strawberry.field(description="Whether it undoes what its step did.")
    attempt: int = strawberry.field(description="The number of the attempt, from 1.")
    at_seconds: float = strawberry.field(description="Since the run began.")
    seconds: float = strawberry.field(description="How long it takes.")
    host: str | None = strawberry.field(description="Where it would go; null where nothing says.")
    input: JSON = strawberry.field(description="As it was rendered: redacted, secrets by their names.")
    mock: TestMock | None = strawberry.field(description="Null where its connector would have refused its input.")
    output: JSON | None = strawberry.field(description="What the call returned. Null where it failed.")
    error: ErrorAnswer | None = strawberry.field(
        description="The error with which the call failed. Null where it succeeded."
    )
    refusals: list[ErrorAnswer] = strawberry.field(description="Why a secret that it bears would not let it be sent.")


@strawberry.type(description="A step of a workflow that was tested.")
class TestedStep:
    key: str = strawberry.field(description="The key of the step.")
    uses: str = strawberry.field(description="The connector or flow step.")
    state: StepState | None = strawberry.field(description="Null where the run did not come so far.")
    reason: str | None = strawberry.field(description="Such as why it was skipped.")
    input: JSON | None = strawberry.field(description="What it was given, as it was rendered: redacted.")
    output: JSON | None = strawberry.field(description="The output. Null before the step succeeds.")
    error: ErrorAnswer | None = strawberry.field(description="Its path leads into the definition.")
    mock: TestMock | None = strawberry.field(description="Null where the engine itself made its output.")
    starts_at_seconds: float | None = strawberry.field(description="Since the run began.")
    ends_at_seconds: float | None = strawberry.field(
        description="Seconds from the start of the run to the end of the step. Null where it does not end."
    )
    waited_seconds: float = strawberry.field(description="How long it would have stood still, over all attempts.")
    calls: list[TestedCall] = strawberry.field(description="The calls that the step would make.")


@strawberry.type(description="From a step to one that needs it.")
class TestedEdge:
    source: str = strawberry.field(description="The key of the earlier step.")
    target: str = strawberry.field(description="The key of the later step.")
    taken: bool = strawberry.field(description="Whether the run took this way.")


@strawberry.type(description="What a run would have come to. Nothing was sent, and nothing was written.")
class WorkflowTest:
    state: RunState = strawberry.field(description="The state in which the run ends.")
    reason: str | None = strawberry.field(description="Why the run ends in this state. Null without a reason.")
    error: ErrorAnswer | None = strawberry.field(description="The error with which the run ends. Null without one.")
    seconds: float = strawberry.field(description="How long the run would have taken: no wait was waited for.")
    steps: list[TestedStep] = strawberry.field(description="In the order of the definition.")
    edges: list[TestedEdge]
    emitted: list[JSON] = strawberry.field(description="The events that it would have made.")
    stopped: ErrorAnswer | None = strawberry.field(
        description="At which bound of tests it was stopped; what is shown came before."
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
