"""What testWorkflow and testStep take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from automate.kernel.errors import Json, NormalizedError
from automate.simulation.testing.asked import Asked, Sample
from graphql_schema.ids import row_id_of
from graphql_schema.scalars import JSON


@strawberry.enum(description="What the connectors of a test do.")
class TestConnectors(Enum):
    MOCKED = strawberry.enum_value(
        "mocked", description="Nothing is sent: they answer as they are told, or with an example."
    )
    LIVE = strawberry.enum_value("live", description="They do what they do: the test is a run, marked as a test.")


@strawberry.input(description="An event that was never received.")
class SampleEventInput:
    type: str = strawberry.field(description="The type of the event.")
    payload: JSON | None = strawberry.field(default=None, description="The payload: any JSON.")
    source: str | None = strawberry.field(default=None, description="The slug of a source; null for manual.")
    subject: str | None = strawberry.field(default=None, description="The object that the event is about.")
    headers: JSON | None = strawberry.field(default=None, description="The headers of the event.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="The time at which the event happened. Null: now."
    )

    def sample(self) -> Sample:
        return Sample(
            type=self.type,
            payload=self.payload,
            source=self.source or "",
            subject=self.subject or "",
            headers=self.headers,
            occurred_at=self.occurred_at,
        )


@strawberry.input(
    description="What the world says while connectors are mocked, as in a case of `automate test`: by step key, or "
    "key[2] and key[*] for items of a flow.for_each, key.compensate for what undoes it."
)
class TestWorldInput:
    answers: JSON | None = strawberry.field(
        default=None,
        description='What each attempt at a call comes to: {"charge": [{"error": {"code": "…"}}, {"output": …}]}.',
    )
    events: JSON | None = strawberry.field(
        default=None, description='Events that come meanwhile: [{"type": "…", "payload": …, "after_seconds": 60}].'
    )
    decisions: JSON | None = strawberry.field(
        default=None, description='What people say to an approval: {"ask": [{"outcome": "rejected"}]}.'
    )
    children: JSON | None = strawberry.field(
        default=None,
        description='How the run of a flow.run_workflow ends: {"bill": {"outputs": {}}} or {"error": "…"}.',
    )
    lookups: JSON | None = strawberry.field(
        default=None, description="What a connector finds that is asked what became of a call."
    )
    resolutions: JSON | None = strawberry.field(
        default=None, description="What a person says of a call of which nobody knows."
    )

    def sections(self) -> Mapping[str, Json]:
        names = ("answers", "events", "decisions", "children", "lookups", "resolutions")
        return {name: getattr(self, name) for name in names}


@strawberry.input
class TestWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    version: int | None = strawberry.field(default=None, description="The number of a version; null for the draft.")
    event: strawberry.ID | None = strawberry.field(default=None, description="An event that the tenant has.")
    sample: SampleEventInput | None = strawberry.field(default=None, description="Instead of an event.")
    connectors: TestConnectors = strawberry.field(
        default=TestConnectors.MOCKED, description="Whether connectors are mocked."
    )
    recorded: strawberry.ID | None = strawberry.field(
        default=None,
        description="A run: its calls, waits and approvals come to what they came to then, and its event is taken where none "
        "is named.",
    )
    outputs: JSON | None = strawberry.field(default=None, description='What steps give: {"charge": {"status": 200}}.')
    world: TestWorldInput | None = strawberry.field(default=None, description="The clock and the secrets of the test.")
    stop_after_seconds: float | None = strawberry.field(default=None, description="Look at it as it is then.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Of a test for real: the same key brings the first run back."
    )

    def asked(self, depth: int) -> Asked:
        """Raises NormalizedError."""
        return asked_of(self, None, depth)


@strawberry.input
class TestStepInput(TestWorkflowInput):
    step: str = strawberry.field(description="The step's key.")

    def asked(self, depth: int) -> Asked:
        return asked_of(self, self.step, depth)


def asked_of(given: TestWorkflowInput, step: str | None, depth: int) -> Asked:
    return Asked(
        workflow=given.workflow,
        version=given.version,
        step=step,
        event_id=_row(given.event, "Event", "event"),
        sample=None if given.sample is None else given.sample.sample(),
        recorded_id=_row(given.recorded, "ExecutionRun", "recorded"),
        outputs=given.outputs,
        world={} if given.world is None else given.world.sections(),
        stop_after_seconds=given.stop_after_seconds,
        depth=depth,
    )


def _row(given: strawberry.ID | None, kind: str, field: str) -> Any:
    row_id = None if given is None else row_id_of(given, kind)
    if given is not None and row_id is None:
        what = "event" if kind == "Event" else "run"
        raise NormalizedError("NOT_FOUND", f"There is no {what} of this id.", path=[field])
    return row_id
