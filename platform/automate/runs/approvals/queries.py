"""Reads approvals, and the decisions of people about approvals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.canonical import checksum
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import fetch
from automate.kernel.written import shown
from automate.runs.approvals.fields import in_order
from automate.runs.states import APPROVED, CANCELLED, EXPIRED, PENDING, REJECTED
from automate.workflows.flow_steps.outcomes import outcome_named

PERSON = "person "
"""Prefix of a person's id in ``caused_by``; the other entries are names."""
# A pending approval that can no longer be decided is shown in the state that its run will give it.
STATE = f"""
CASE WHEN a.state = '{PENDING}' AND r.state = 'cancelling' THEN '{CANCELLED}'
     WHEN a.state = '{PENDING}' AND a.expires_at <= now() THEN '{EXPIRED}' ELSE a.state END
"""
TABLES = "approval AS a LEFT JOIN execution_run AS r ON r.id = a.run_id"


@dataclass(frozen=True)
class ApprovalRow:
    """One approval."""

    id: uuid.UUID
    """The id of the approval's step."""
    run_id: uuid.UUID
    title: str
    description: str
    data: str | None
    """JSON text; None without data."""
    roles: tuple[str, ...]
    members: tuple[str, ...]
    """Addresses of members who may decide, in addition to holders of the roles."""
    quorum: int
    form: str | None
    """JSON text, with the fields in the order of the definition; None without a form."""
    on_expiry: str
    """As the approval was asked: ``checksum_now`` covers the spelling. ``expires_as`` is the outcome."""
    shown_sha256: str
    requested_by_kind: str
    requested_by_name: str
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    state: str
    """pending, approved, rejected, expired, or cancelled if its run ended first."""
    caused_by: tuple[str, ...]
    """Names of the principals who caused the run, and their person ids after ``hands.PERSON``."""

    def checksum_now(self) -> str:
        """Return the checksum of the stored content.

        The checksum differs from ``shown_sha256`` if the content has changed after ``shown_sha256`` was stored.
        """
        shown = {
            "approval": str(self.id),
            "title": self.title,
            "description": self.description,
            "data": None if self.data is None else json.loads(self.data),
            "roles": list(self.roles),
            **({"members": list(self.members)} if self.members else {}),
            "quorum": self.quorum,
            "form": self.form_schema,
            "on_expiry": self.on_expiry,
        }
        return checksum(shown)

    @property
    def expires_as(self) -> str:
        """The outcome if the approval expires: approved or rejected."""
        return outcome_named(self.on_expiry)

    @property
    def form_schema(self) -> dict[str, JsonValue] | None:
        """The JSON Schema of the form. Its properties are in the order in which people see these properties."""
        return None if self.form is None else in_order(json.loads(self.form))


def _names(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


_row = RowReader(
    ApprovalRow,
    "a",
    {
        "id": "a.step_id",
        "data": "a.data::text",
        "roles": "a.roles::text",
        "members": "a.members::text",
        "form": shown("a.form", "a.written"),
        "decided_at": f"CASE WHEN a.state IN ('{APPROVED}', '{REJECTED}') THEN a.ended_at END",
        "state": STATE,
        "caused_by": "a.caused_by::text",
    },
    roles=_names,
    members=_names,
    caused_by=_names,
)
SELECT = f"SELECT {_row.columns} FROM {TABLES}"


@dataclass(frozen=True)
class ApprovalDecisionRow:
    """The decision of one principal about an approval."""

    approval_id: uuid.UUID
    id: uuid.UUID
    by_kind: str
    by_id: str
    by_name: str
    role: str
    outcome: str
    form: JsonValue
    shown_sha256: str
    at: datetime
    person: str
    """The id of the person behind the principal; empty if unknown."""


_decision_row = RowReader(
    ApprovalDecisionRow,
    "d",
    {
        "by_kind": "d.principal_kind",
        "by_id": "d.principal_id",
        "by_name": "d.principal_name",
        "form": "d.form::text",
        "person": "coalesce(d.person::text, '')",
    },
    form=orjson.loads,
)
SELECT_DECISIONS = (
    f"SELECT {_decision_row.columns} FROM approval_decision AS d WHERE d.{{column}} = ANY (%s) ORDER BY d.at, d.id"
)


@dataclass(frozen=True)
class ApprovalsFilter:
    """Filters for the list of approvals. A field that is None is ignored."""

    states: tuple[str, ...] | None = None
    mine: ApprovalViewer | None = None
    """Only approvals that this viewer may decide and has not decided."""


@dataclass(frozen=True)
class ApprovalViewer:
    """The principal who lists approvals."""

    kind: str
    id: str
    name: str
    role: str
    email: str
    """The address of a member; empty for other principals."""
    person: str
    """As ``Principal.person``."""


MINE = f"""
a.state = '{PENDING}' AND a.expires_at > now() AND (a.roles ? %s OR a.members ? %s)
AND NOT a.caused_by ?| %s::text[]
AND NOT EXISTS (SELECT FROM approval_decision d WHERE d.approval_id = a.step_id
                AND (d.principal_name = %s OR d.person::text = %s OR (d.principal_kind = %s AND d.principal_id = %s)))
"""


def _conditions(wanted: ApprovalsFilter) -> list[Condition]:
    conditions = [] if wanted.mine is None else [_mine(wanted.mine)]
    if wanted.states is None:
        return conditions
    conditions += [Condition(f"{STATE} = ANY (%s)", (list(wanted.states),))]
    if set(wanted.states) == {PENDING}:
        # Written as in the partial index on pending approvals.
        conditions.append(Condition(f"a.state = '{PENDING}'", ()))
    return conditions


def _mine(viewer: ApprovalViewer) -> Condition:
    person = viewer.person or viewer.id
    hands = [viewer.name, f"{PERSON}{person}"]
    return Condition(MINE, (viewer.role, viewer.email, hands, viewer.name, person, viewer.kind, viewer.id))


def approvals_page(wanted: ApprovalsFilter, part: Slice) -> Page[ApprovalRow]:
    """List approvals, by default newest first."""
    return page_of(SELECT, "a.step_id", part, _conditions(wanted), _row)


def count_approvals(wanted: ApprovalsFilter) -> int:
    return count_of(TABLES, _conditions(wanted))


def approvals_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ApprovalRow]:
    return rows_by_id(_row, SELECT + " WHERE a.step_id = ANY (%s)", ids)


def decisions_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ApprovalDecisionRow]]:
    """Return the decisions about each approval, oldest first."""
    found: dict[uuid.UUID, list[ApprovalDecisionRow]] = {row_id: [] for row_id in ids}
    for row in _decisions("approval_id", ids):
        found[row.approval_id].append(row)
    return found


def decisions_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ApprovalDecisionRow]:
    return {row.id: row for row in _decisions("id", ids)}


def _decisions(column: str, ids: Sequence[uuid.UUID]) -> list[ApprovalDecisionRow]:
    rows = fetch(SELECT_DECISIONS.format(column=column), [list(ids)])
    return [_decision_row(row) for row in rows]
