"""The inputs of startBulkOperation and previewBulkOperation."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.principals import Principal
from automate.kernel.shapes import FieldValue
from automate.recovery.bulk.choices import BulkKind
from automate.recovery.bulk.request import (
    DEFAULT_CEILING,
    DEFAULT_RATE,
    ERRORS_AFTER,
    FILTERS,
    PERMISSIONS,
    REDRIVE,
    RETRY,
    BulkRequest,
)
from graphql_schema.events.filters import EventFilter
from graphql_schema.outbox.filters import OutboxJobFilter
from graphql_schema.permissions import require
from graphql_schema.runs.filters import RunFilter
from graphql_schema.runs.retry_input import RetryOptions


@strawberry.input(description="How each run is retried, as in RetryRunsInput.")
class BulkRetryOptions(RetryOptions):
    pass


@strawberry.input(
    description="The items, and the operation on each of them. Give only the filter that belongs to the kind. "
    "The filter {} selects all items."
)
class BulkInput:
    kind: BulkKind = strawberry.field(description="The operation on each item.")
    runs: RunFilter | None = strawberry.field(
        default=None,
        description="The filter of runs, for RETRY and CANCEL. Without `states`, RETRY selects failed and timed-out "
        "runs, and CANCEL selects open runs. A run that was already retried is skipped, because its "
        "retry has replaced it.",
    )
    events: EventFilter | None = strawberry.field(default=None, description="The filter of events, for REPLAY.")
    jobs: OutboxJobFilter | None = strawberry.field(default=None, description="The filter of dead jobs, for REDRIVE.")
    retry: BulkRetryOptions | None = strawberry.field(
        default=None, description="The options of RETRY. REDRIVE uses only `repeatEffects`, as in RedriveJobsInput."
    )

    def request(self, principal: Principal, depth: int, **options: FieldValue) -> BulkRequest:
        """Build the request.

        Raises BAD_USER_INPUT if the operation's filter is missing, or if a field of the input belongs to another operation.
        Raises FORBIDDEN if the caller lacks the permission for the operation.
        """
        kind = self.kind.value
        require(principal, PERMISSIONS[kind])
        wanted = FILTERS[kind][0]
        given: Mapping[str, RunFilter | EventFilter | OutboxJobFilter | None] = {
            "runs": self.runs,
            "events": self.events,
            "jobs": self.jobs,
        }
        for name, value in given.items():
            if name != wanted and value is not None:
                raise _misplaced(name, kind)
        chosen = given[wanted]
        if chosen is None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"`{wanted}` is missing. {kind} needs this filter to select items. Pass {{}} to select all items.",
                path=[wanted],
            )
        retry = self.retry or BulkRetryOptions()
        only_consents = retry == BulkRetryOptions(repeat_effects=retry.repeat_effects)
        if self.retry is not None and not (kind == RETRY or (kind == REDRIVE and only_consents)):
            raise _misplaced("retry", kind)
        return BulkRequest(kind, chosen.rows(), retry.request(depth), depth=depth, **options)


@strawberry.input
class StartBulkOperationInput(BulkInput):
    reason: str = strawberry.field(default="", description="The reason, for the runs' logs and the audit record.")
    rate: int = strawberry.field(
        default=DEFAULT_RATE, description=f"The maximum number of items per second: 1 to {LIMITS.bulk_rate}."
    )
    ceiling: int = strawberry.field(
        default=DEFAULT_CEILING,
        description=f"The operation is refused if the filter matches more items than this number: at most {LIMITS.bulk_items}.",
    )
    stop_on_error_rate: int | None = strawberry.field(
        default=None,
        description="A percentage. The operation stops if more of its items are refused, or if more of its newest runs fail. "
        f"The check begins after {ERRORS_AFTER} outcomes.",
    )
    preview_id: str | None = strawberry.field(
        default=None,
        description="The id from previewBulkOperation with the same filter. The operation then skips items that are "
        "newer than the preview.",
    )
    idempotency_key: str | None = None


def _misplaced(name: str, kind: str) -> NormalizedError:
    return NormalizedError(
        "BAD_USER_INPUT", f"`{name}` does not apply to {kind}. Remove `{name}` from the input.", path=[name]
    )
