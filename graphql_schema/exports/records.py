"""The kinds of records that can be exported."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry

from automate.kernel.permissions import VIEW_AUDIT, VIEW_EVENTS, VIEW_RUNS


@strawberry.enum(description="The records that exportRecords can export.")
class RecordKind(Enum):
    EVENTS = strawberry.enum_value("events", description="Events with their redacted payloads.")
    RUNS = strawberry.enum_value("runs", description="Runs, each in its state at the time of the export.")
    STEPS = strawberry.enum_value("steps", description="All attempts at all steps, with redacted input and output.")
    EFFECTS = strawberry.enum_value(
        "effects", description="The ledger of external calls, by the time of the last attempt."
    )
    AUDIT = strawberry.enum_value("audit", description="The audit record in the order of its commits, with hashes.")

    @property
    def noun(self) -> str:
        """The plural name of the kind of records."""
        return self.name.lower()


PERMISSIONS: Mapping[RecordKind, str] = {
    RecordKind.EVENTS: VIEW_EVENTS,
    RecordKind.RUNS: VIEW_RUNS,
    RecordKind.STEPS: VIEW_RUNS,
    RecordKind.EFFECTS: VIEW_RUNS,
    RecordKind.AUDIT: VIEW_AUDIT,
}
