"""How an export reads each kind of records: as the list that clients read, from its oldest row on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from graphql_schema.exports.records import RecordKind
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.resources import EFFECT_EXPORT, EVENT_EXPORT, RUN, STEP_EXPORT


@dataclass(frozen=True)
class ExportedList:
    """A root connection."""

    field: str
    filter: str
    """Its input type."""
    selection: str
    made: str
    """The field of a node with the time at which the record was made."""

    @cached_property
    def document(self) -> FixedDocument:
        """Build the document that reads the list backwards, so that the oldest rows come first."""
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
