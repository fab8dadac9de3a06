"""What retryRuns and planRetry take."""

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
    """Where a retry begins; what it does not take again is kept as it ended. FAILED_STEP: at what failed, was cut off or never began, and all that follows it. START: nothing is kept. STEP: at fromStep and all that follows it, and at whatever else has not been done."""

    FAILED_STEP = keeping.FAILED_STEP, "At the step that failed. Earlier steps keep their outputs."
    START = keeping.START, "At the beginning."
    STEP = keeping.STEP, "At the step that `fromStep` names."


@described
class RetryVersion(TextChoices):
    """The version that a retry takes."""

    SAME = plans.SAME, "The version of the run."
    LATEST = plans.LATEST, "The current version of the workflow."
    NAMED = plans.NAMED, "The version that `toVersion` names."


@strawberry.input
class RetryRunsInput:
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    from_: RetryFrom = strawberry.field(
        name="from", default=RetryFrom.FAILED_STEP, description="Where each retry begins."
    )
    from_step: str | None = strawberry.field(default=None, description="A step's key, with from: STEP.")
    version: RetryVersion = strawberry.field(
        default=RetryVersion.SAME, description="The version that each retry executes."
    )
    to_version: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a version of the run's workflow, with version: NAMED."
    )
    plan_id: str | None = strawberry.field(
        default=None, description="From planRetry: everything is refused unless it is still what the plan showed."
    )
    repeat_effects: bool = strawberry.field(
        default=False,
        description="Under new keys, so that what was done before is done once more. Otherwise receivers see the former "
        "keys, and what they could not tell from a repeat is refused.",
    )
    payload: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Another payload, for one run: a new event that says from which it derives. Leave it out to keep it.",
    )
    reason: str = strawberry.field(default="", description="For the run's log and the audit.")
    idempotency_key: str | None = None

    def request(self, depth: int) -> RetryRequest:
        """depth: of runs that led to this request."""
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
    """The version's row; for an id of something else, one that no row has."""
    return None if named is None else row_id_of(named, "WorkflowVersion") or NOTHING
