"""The input of retryRuns and planRetry."""

from __future__ import annotations

import uuid
from dataclasses import replace

import strawberry
from django.db.models import TextChoices

from automate.recovery import keeping, plans
from automate.recovery.plans import RetryRequest
from graphql_schema.enums import described
from graphql_schema.ids import row_id_of
from graphql_schema.json_text import json_of
from graphql_schema.runs.filters import NOTHING
from graphql_schema.runs.outcomes import MOST_RUNS
from graphql_schema.scalars import JSON


@described
class RetryFrom(TextChoices):
    """Where a retry begins. Results of earlier steps are kept."""

    FAILED_STEP = (
        keeping.FAILED_STEP,
        "At the steps that failed, were cut off or never began, and all steps that follow them. Other steps keep their outputs.",
    )
    START = keeping.START, "At the beginning. No step keeps its output."
    STEP = keeping.STEP, "At the step of `fromStep`, all steps that follow it, and all steps that have not succeeded."


@described
class RetryVersion(TextChoices):
    """The version of the workflow that a retry executes."""

    SAME = plans.SAME, "The version of the run."
    LATEST = plans.LATEST, "The current version of the workflow."
    NAMED = plans.NAMED, "The version that `toVersion` names."


@strawberry.input
class RetryOptions:
    """The options of a retry. The inputs of `retryRuns` and of a bulk retry share these options."""

    from_: RetryFrom = strawberry.field(
        name="from", default=RetryFrom.FAILED_STEP, description="Where each retry begins."
    )
    from_step: str | None = strawberry.field(default=None, description="The key of the step, for `from: STEP`.")
    version: RetryVersion = strawberry.field(
        default=RetryVersion.SAME, description="The version that each retry executes."
    )
    to_version: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a version of the run's workflow, for `version: NAMED`."
    )
    repeat_effects: bool = strawberry.field(
        default=False,
        description="Whether to send calls under new keys, so that their effects happen again. If false, receivers "
        "get the former keys, and a retry is refused if its receiver cannot recognise a repeat.",
    )

    def request(self, depth: int) -> RetryRequest:
        """Convert this input to a request."""
        return RetryRequest(
            begin=self.from_.value,
            from_step=self.from_step or "",
            version=self.version.value,
            to_version=version_id(self.to_version),
            repeat_effects=self.repeat_effects,
            depth=depth,
        )


@strawberry.input
class RetryRunsInput(RetryOptions):
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    plan_id: str | None = strawberry.field(
        default=None,
        description="The id of the plan from planRetry. If the plan has changed since, all retries are refused.",
    )
    payload: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Another payload. Only for a single run. The retry gets a new event, which refers to the "
        "original event. Omit it to keep the payload.",
    )
    reason: str = strawberry.field(default="", description="The reason, for the run's log and the audit record.")
    idempotency_key: str | None = None

    def request(self, depth: int) -> RetryRequest:
        edited = self.payload is not strawberry.UNSET
        payload = json_of(self.payload) if edited else None
        return replace(super().request(depth), edited=edited, payload=payload, reason=self.reason)


def version_id(named: strawberry.ID | None) -> uuid.UUID | None:
    """Return the row id in a global id of a version. For a malformed global id, return an id that matches no row."""
    return None if named is None else row_id_of(named, "WorkflowVersion") or NOTHING
