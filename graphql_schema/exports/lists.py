"""The lists that exports read. Clients read the same lists. An export reads the oldest records first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from graphql_schema.exports.records import RecordKind
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.resources import EFFECT_EXPORT, EVENT_EXPORT, RUN, STEP_EXPORT


@dataclass(frozen=True)
class ExportedList:
    """A root field that is exported as a list."""

    field: str
    filter: str
    """The input type of the field's filter."""
    selection: str
    made: str
    """The name of the field with the time at which a record was made."""

    @cached_property
    def document(self) -> FixedDocument:
        """The GraphQL document that reads the list. The oldest rows come first."""
        declared = f"$last: Int!, $before: String, $filter: {self.filter}"
        page = f"edges {{ cursor node {self.selection} }} pageInfo {{ hasPreviousPage }}"
        head = f"{self.field}(last: $last, before: $before, filter: $filter)"
        return FixedDocument.of("query", declared, f"{{ {head} {{ {page} }} }}")


LISTS: Mapping[RecordKind, ExportedList] = {
    RecordKind.EVENTS: ExportedList("events", "EventFilter", EVENT_EXPORT, "receivedAt"),
    RecordKind.RUNS: ExportedList("runs", "RunFilter", RUN, "createdAt"),
    RecordKind.STEPS: ExportedList("stepRuns", "StepRunFilter", STEP_EXPORT, "startedAt"),
    RecordKind.EFFECTS: ExportedList("effects", "EffectFilter", EFFECT_EXPORT, "intendedAt"),
}
