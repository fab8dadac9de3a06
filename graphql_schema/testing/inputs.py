"""The inputs of testWorkflow and testStep."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import strawberry

from automate.kernel.json_values import JsonValue
from automate.simulation.testing.asked import RequestedTest, SampleEvent
from graphql_schema.ids import existing_id
from graphql_schema.json_text import json_of
from graphql_schema.scalars import JSON


@strawberry.enum(description="Whether the connectors of a test make calls.")
class TestConnectors(Enum):
    MOCKED = strawberry.enum_value(
        "mocked", description="Nothing is sent. Connectors return the given answers, or examples."
    )
    LIVE = strawberry.enum_value(
        "live", description="Connectors make their calls. The test is a run that is marked as a test."
    )


@strawberry.input(description="A sample event for a test. The event is not stored.")
class SampleEventInput:
    type: str = strawberry.field(description="The type of the event.")
    payload: JSON | None = strawberry.field(default=None, description="The payload: any JSON.")
    source: str | None = strawberry.field(default=None, description="The slug of a source. Null means a manual event.")
    subject: str | None = strawberry.field(default=None, description="The object that the event is about.")
    headers: JSON | None = strawberry.field(default=None, description="The headers of the event.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="The time at which the event happened. Null means now."
    )

    def sample(self) -> SampleEvent:
        return SampleEvent(
            type=self.type,
            payload=json_of(self.payload),
            source=self.source or "",
            subject=self.subject or "",
            headers=json_of(self.headers),
            occurred_at=self.occurred_at,
        )


@strawberry.input(
    description="The simulated answers of a test with mocked connectors, as in a case of `automate test`. An "
    "answer's key is the step's key. For items of a flow.for_each it is key[2] or key[*], and for "
    "the compensation it is key.compensate."
)
class TestWorldInput:
    answers: JSON | None = strawberry.field(
        default=None,
        description='The outcomes of the attempts at a call: {"charge": [{"error": {"code": "…"}}, {"output": …}]}.',
    )
    events: JSON | None = strawberry.field(
        default=None,
        description='Events that come during the test: [{"type": "…", "payload": …, "after_seconds": 60}].',
    )
    decisions: JSON | None = strawberry.field(
        default=None, description='The decisions about an approval: {"ask": [{"outcome": "rejected"}]}.'
    )
    children: JSON | None = strawberry.field(
        default=None,
        description='How the run of a flow.run_workflow ends: {"bill": {"outputs": {}}} or {"error": "…"}.',
    )
    lookups: JSON | None = strawberry.field(
        default=None,
        description="The results of lookups. A connector makes a lookup to find out whether a call happened.",
    )
    resolutions: JSON | None = strawberry.field(
        default=None, description="The operator's decisions about uncertain calls."
    )

    def sections(self) -> Mapping[str, JsonValue]:
        names = ("answers", "events", "decisions", "children", "lookups", "resolutions")
        return {name: getattr(self, name) for name in names}


@strawberry.input
class TestWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    version: int | None = strawberry.field(default=None, description="The number of a version. Null means the draft.")
    event: strawberry.ID | None = strawberry.field(default=None, description="The id of a stored event of the tenant.")
    sample: SampleEventInput | None = strawberry.field(
        default=None, description="A sample event. Give it instead of `event`."
    )
    connectors: TestConnectors = strawberry.field(
        default=TestConnectors.MOCKED, description="Whether connectors are mocked."
    )
    recorded: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of a recorded run. The test uses the run's results of calls, waits and approvals again. "
        "It also uses the run's event, if no event is given.",
    )
    outputs: JSON | None = strawberry.field(
        default=None, description='Outputs to use for steps that are not run: {"charge": {"status": 200}}.'
    )
    world: TestWorldInput | None = strawberry.field(default=None, description="The simulated answers of the test.")
    stop_after_seconds: float | None = strawberry.field(
        default=None,
        description="The simulated seconds after which the test is stopped. The result shows the state at that time.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="For a LIVE test: a key that the caller chooses. A request with a key that was used before "
        "returns the first run.",
    )

    def asked(self, depth: int) -> RequestedTest:
        """Convert the input to a test. Raises NormalizedError for an unknown event or run."""
        return asked_of(self, None, depth)


@strawberry.input
class TestStepInput(TestWorkflowInput):
    step: str = strawberry.field(description="The step's key.")

    def asked(self, depth: int) -> RequestedTest:
        return asked_of(self, self.step, depth)


def asked_of(given: TestWorkflowInput, step: str | None, depth: int) -> RequestedTest:
    return RequestedTest(
        workflow=given.workflow,
        version=given.version,
        step=step,
        event_id=_row(given.event, "Event", "event"),
        sample=None if given.sample is None else given.sample.sample(),
        recorded_id=_row(given.recorded, "ExecutionRun", "recorded"),
        outputs=json_of(given.outputs),
        world={} if given.world is None else given.world.sections(),
        stop_after_seconds=given.stop_after_seconds,
        depth=depth,
    )


def _row(given: strawberry.ID | None, kind: str, field: str) -> uuid.UUID | None:
    what = "event" if kind == "Event" else "run"
    return None if given is None else existing_id(given, kind, what, f"{what}s", field)
