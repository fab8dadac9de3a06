"""The filters for lists of runs and for the run feed."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

import strawberry

from automate.kernel.json_values import JsonValue
from automate.runs.choices import RunState
from automate.runs.queries import RunsFilter
from graphql_schema.events.filters import SearchKeyFilter, search_of, search_shown
from graphql_schema.ids import global_id, global_row_id_of, row_id_of
from graphql_schema.json_text import present

NOTHING = uuid.UUID(int=0)
"""An id that no row has. It replaces malformed ids, so that they match nothing, like unknown ids."""
FINGERPRINT = re.compile("[0-9a-f]{32}")


@strawberry.input(
    description="A run must match all given fields. A page reads at most 20,000 index rows, and so does totalCount. "
    "Beyond that, the error is FILTER_TOO_BROAD."
)
class RunFilter:
    states: list[RunState] | None = None
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug or id.")
    event: strawberry.ID | None = strawberry.field(default=None, description="Runs that belong to this event.")
    version: strawberry.ID | None = strawberry.field(default=None, description="A WorkflowVersion's id.")
    rule: str | None = strawberry.field(default=None, description="The slug or id of the rule that started the run.")
    source: str | None = strawberry.field(default=None, description="The slug of the source of the run's event.")
    not_source: str | None = strawberry.field(
        default=None, description="The slug of a source whose runs are left out, such as `schedules`."
    )
    fingerprint: str | None = strawberry.field(
        default=None, description="The fingerprint of the run's error; see failureGroups."
    )
    test: bool | None = strawberry.field(default=None, description="True: only tests. False: only other runs.")
    trace_id: str | None = strawberry.field(default=None, description="The W3C trace id, 32 hexadecimal digits.")
    error_code: str | None = strawberry.field(default=None, description="The code of the run's error.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The exact idempotency key of the run's event, of any source."
    )
    search_keys: list[SearchKeyFilter] | None = strawberry.field(
        default=None, description="Values of search keys. The run's event must have all of these values."
    )
    waits_for_budget: bool | None = strawberry.field(
        default=None,
        description="Whether the run waits for a budget: see `ExecutionRun.waitingFor`, which names a pause first.",
    )
    retried: bool | None = strawberry.field(default=None, description="Whether a retry has replaced the run.")
    created_from: datetime | None = None
    created_before: datetime | None = None
    finished_from: datetime | None = None
    finished_before: datetime | None = None

    def rows(self) -> RunsFilter:
        workflow_id = global_row_id_of(self.workflow, "Workflow") if self.workflow is not None else None
        rule_id = global_row_id_of(self.rule, "RuleSpec") if self.rule is not None else None
        return RunsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
            workflow=self.workflow if workflow_id is None else None,
            workflow_id=workflow_id,
            version_id=_named(self.version, "WorkflowVersion"),
            rule=self.rule if rule_id is None else None,
            rule_id=rule_id,
            event_id=_named(self.event, "Event"),
            source=self.source,
            not_source=self.not_source,
            fingerprint=fingerprint_of(self.fingerprint),
            test=self.test,
            trace_id=self.trace_id,
            error_code=self.error_code,
            idempotency_key=self.idempotency_key,
            search=search_of(self.search_keys),
            held_by_budget=self.waits_for_budget,
            retried=self.retried,
            since=self.created_from,
            until=self.created_before,
            ended_since=self.finished_from,
            ended_until=self.finished_before,
        )

    @staticmethod
    def shown(rows: RunsFilter) -> dict[str, JsonValue]:
        """Convert a filter of a query back to the input that a client would send."""
        named = {"workflow": rows.workflow, "rule": rows.rule, "source": rows.source}
        ids = {
            "workflow": (rows.workflow_id, "Workflow"),
            "version": (rows.version_id, "WorkflowVersion"),
            "rule": (rows.rule_id, "RuleSpec"),
            "event": (rows.event_id, "Event"),
        }
        return present(
            states=[RunState(state).name for state in rows.states] if rows.states is not None else None,
            **named | {name: global_id(of, row_id) for name, (row_id, of) in ids.items() if row_id is not None},
            notSource=rows.not_source,
            fingerprint=rows.fingerprint.hex if rows.fingerprint is not None else None,
            test=rows.test,
            traceId=rows.trace_id,
            errorCode=rows.error_code,
            idempotencyKey=rows.idempotency_key,
            searchKeys=search_shown(rows.search),
            waitsForBudget=rows.held_by_budget,
            retried=rows.retried,
            createdFrom=rows.since,
            createdBefore=rows.until,
            finishedFrom=rows.ended_since,
            finishedBefore=rows.ended_until,
        )


def _named(text: str | None, type_name: str) -> uuid.UUID | None:
    return None if text is None else row_id_of(text, type_name) or NOTHING


def fingerprint_of(text: str | None) -> uuid.UUID | None:
    """Parse a fingerprint of 32 hexadecimal digits. Any other text matches no row."""
    if text is None:
        return None
    return uuid.UUID(text) if FINGERPRINT.fullmatch(text) else NOTHING


@strawberry.input
class RunFeedFilter:
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug or id.")
    runs: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Items that belong to any of these runs."
    )

    def run_ids(self) -> frozenset[uuid.UUID] | None:
        if self.runs is None:
            return None
        return frozenset(row_id_of(run, "ExecutionRun") or NOTHING for run in self.runs)
