"""The input of retryRuns and planRetry."""

from __future__ import annotations

import uuid

import strawberry
from django.db.models import TextChoices

from automate.recovery import keeping, plans
from automate.recovery.plans import RetryRequest
from graphql_schema.enums import described
from graphql_schema.ids import row_id_of
from graphql_schema.runs.filters import NOTHING
from graphql_schema.runs.outcomes import MOST_RUNS
from graphql_schema.scalars import JSON


@described
class RetryFrom(TextChoices):
    """The step at which a retry begins. Earlier results are kept."""

    FAILED_STEP = (
        keeping.FAILED_STEP,
        "At the steps that failed, were cut off or never began, and all steps that follow them. Other steps keep their outputs.",
    )
    START = keeping.START, "At the beginning. No step keeps its output."
    STEP = keeping.STEP, "At the step of `fromStep`, all steps that follow it, and all steps that have not succeeded."


@described
class RetryVersion(TextChoices):
    """The version that a retry executes."""

    SAME = plans.SAME, "The version of the run."
    LATEST = plans.LATEST, "The current version of the workflow."
    NAMED = plans.NAMED, "The version that `toVersion` names."


@strawberry.input
class RetryRunsInput:
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    from_: RetryFrom = strawberry.field(
        name="from", default=RetryFrom.FAILED_STEP, description="Where each retry begins."
    )
    from_step: str | None = strawberry.field(default=None, description="A step's key, for from: STEP.")
    version: RetryVersion = strawberry.field(
        default=RetryVersion.SAME, description="The version that each retry executes."
    )
    to_version: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a version of the run's workflow, for version: NAMED."
    )
    plan_id: str | None = strawberry.field(
        default=None, description="The id from planRetry. All retries are refused if the plan has changed since."
    )
    repeat_effects: bool = strawberry.field(
        default=False,
        description="Send calls under new keys, so that their effects happen again. Otherwise receivers get the former "
        "keys, and retries whose receivers cannot recognise a repeat are refused.",
    )
    payload: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Another payload, for one run. It makes a new event that names its origin. Leave it out to keep the payload.",
    )
    reason: str = strawberry.field(default="", description="The reason, for the run's log and the audit record.")
    idempotency_key: str | None = None

    def request(self, depth: int) -> RetryRequest:
        """The internal request for this input. depth: of the chain of runs that caused the request."""
        edited = self.payload is not strawberry.UNSET
        return RetryRequest(
            begin=self.from_.value,
            from_step=self.from_step or "",
            version=self.version.value,
            to_version=version_id(self.to_version),
            repeat_effects=self.repeat_effects,
            edited=edited,
            payload=self.payload if edited else None,
            reason=self.reason,
            depth=depth,
        )


def version_id(named: strawberry.ID | None) -> uuid.UUID | None:
    """The id of the version's row. A malformed id becomes an id that no row has."""
    return None if named is None else row_id_of(named, "WorkflowVersion") or NOTHING
