"""The evidence for the checks: answers to senders, the receiver's record, the items of feeds, and the rows."""

from __future__ import annotations

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from soak.load import Accepted
from soak.people import Told
from soak.site import Limits


@dataclass(frozen=True)
class Event:
    """An event of the soak."""

    id: uuid.UUID
    type: str
    source: str
    body: bytes

    @property
    def payload(self) -> Mapping[str, Any]:
        read = json.loads(self.body)
        return read if isinstance(read, dict) else {}

    @property
    def n(self) -> int:
        return int(self.payload.get("n", 0))

    @property
    def tenant(self) -> str:
        return str(self.payload.get("tenant", ""))


@dataclass(frozen=True)
class Run:
    """A run."""

    id: uuid.UUID
    kind: str
    event: uuid.UUID
    rule: uuid.UUID | None
    state: str
    reason: str
    code: str | None
    started: bool
    origin: uuid.UUID
    """The first run of its line of retries."""
    retry_of: uuid.UUID | None = None
    """The run that this run replaces."""


@dataclass(frozen=True)
class Match:
    """The matching of one event."""

    event: uuid.UUID
    rules: int
    """The number of rules in force, and so of decisions."""


@dataclass(frozen=True)
class Step:
    id: uuid.UUID
    run: uuid.UUID
    key: str
    item: int
    state: str


@dataclass(frozen=True)
class Effect:
    key: str
    run: uuid.UUID
    step: str
    item: int
    connector: str
    state: str
    tries: int = 1


@dataclass(frozen=True)
class Log:
    run: uuid.UUID
    step: uuid.UUID | None
    step_key: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class Approval:
    """An approval."""

    id: uuid.UUID
    run: uuid.UUID
    state: str
    audited: int
    """Audit entries of decisions."""


@dataclass(frozen=True)
class Said:
    """The answer of one person to an approval."""

    approval: uuid.UUID
    by: str
    outcome: str


@dataclass(frozen=True)
class Bulk:
    id: uuid.UUID
    kind: str
    state: str
    total: int
    done: int
    skipped: int
    refused: int


@dataclass(frozen=True)
class Item:
    """An item of a bulk operation."""

    operation: uuid.UUID
    item: uuid.UUID
    outcome: str
    runs: list[str]
    """The runs that the item started."""


@dataclass(frozen=True)
class Job:
    id: uuid.UUID
    tenant: str
    topic: str
    subject: uuid.UUID
    state: str
    open: bool
    attempts: int


@dataclass(frozen=True)
class Call:
    """A line of the receiver's record."""

    key: str
    tenant: str
    n: int
    label: str
    policy: str
    acted: bool


@dataclass
class Books:
    """A tenant's rows."""

    limits: Limits
    rules: int
    """The number of rules."""
    events: list[Event]
    runs: list[Run]
    matches: list[Match]
    steps: list[Step]
    effects: list[Effect]
    log: list[Log]
    approvals: list[Approval]
    said: list[Said]
    bulks: list[Bulk]
    items: list[Item]
    held: int
    """Budget slots in use."""
    spent: int
    """The use of its budget of runs."""
    feed: list[tuple[str, str, str, str]] = field(default_factory=list)
    """The transitions that a subscriber has received, in order, as (run, step, from, to)."""

    def event(self, event_id: uuid.UUID | None) -> Event | None:
        return self._events.get(event_id) if event_id else None

    def runs_of(self, event_id: uuid.UUID) -> list[Run]:
        return self._runs[event_id]

    def retry_of(self, run_id: uuid.UUID) -> Run | None:
        """The run that replaces another run."""
        return self._retries.get(run_id)

    def started_by(self, event_id: uuid.UUID) -> list[Run]:
        """The runs of an event, without runs that replace others."""
        return [run for run in self._runs[event_id] if run.retry_of is None]

    def decisions_on(self, event_id: uuid.UUID) -> int:
        return self._decided[event_id]

    def event_of(self, run_id: uuid.UUID | None) -> uuid.UUID | None:
        return self._event_of.get(run_id) if run_id else None

    @cached_property
    def _event_of(self) -> Mapping[uuid.UUID, uuid.UUID]:
        return {run.id: run.event for run in self.runs}

    @cached_property
    def _events(self) -> Mapping[uuid.UUID, Event]:
        return {event.id: event for event in self.events}

    @cached_property
    def _runs(self) -> Mapping[uuid.UUID, list[Run]]:
        found = defaultdict[uuid.UUID, list[Run]](list)
        for run in self.runs:
            found[run.event].append(run)
        return found

    @cached_property
    def _retries(self) -> Mapping[uuid.UUID, Run]:
        return {run.retry_of: run for run in self.runs if run.retry_of}

    @cached_property
    def _decided(self) -> Counter[uuid.UUID]:
        decided = Counter[uuid.UUID]()
        for match in self.matches:
            decided[match.event] += match.rules
        return decided


@dataclass
class Evidence:
    """All evidence of one soak."""

    accepted: list[Accepted]
    calls: list[Call]
    jobs: list[Job]
    tenants: dict[str, Books]
    told: Told
    """The answers that people received."""
    said: list[str] = field(default_factory=list)
    """Violations that watchers and senders observed during the soak."""


QUERIES: Mapping[str, tuple[type, str]] = {
    "events": (
        Event,
        """SELECT e.id, e.type, s.slug AS source, p.body FROM event e JOIN source s ON s.id = e.source_id
           JOIN event_payload p ON p.event_id = e.id""",
    ),
    "runs": (
        Run,
        """SELECT r.id, w.slug AS kind, r.event_id AS event, r.rule_id AS rule, r.state, r.state_reason AS reason,
           r.error ->> 'code' AS code, r.started_at IS NOT NULL AS started, r.origin_id AS origin, r.retry_of_id AS retry_of
           FROM execution_run r JOIN workflow w ON w.id = r.workflow_id""",
    ),
    "matches": (Match, "SELECT event_id AS event, rules FROM rule_match"),
    "steps": (Step, "SELECT id, run_id AS run, key, item, state FROM step_run"),
    "effects": (Effect, "SELECT key, run_id AS run, step_key AS step, item, connector, state, tries FROM effect"),
    "approvals": (
        Approval,
        """SELECT a.step_id AS id, a.run_id AS run, a.state, (
               SELECT count(*) FROM audit_entry e WHERE e.object_id = a.step_id::text AND e.action = 'approval.decide') AS audited
           FROM approval a""",
    ),
    "said": (Said, "SELECT approval_id AS approval, principal_name AS by, outcome FROM approval_decision"),
    "bulks": (Bulk, "SELECT id, kind, state, total, done, skipped, refused FROM bulk_operation"),
    "items": (Item, "SELECT operation_id AS operation, item_id AS item, outcome, runs FROM bulk_item"),
    "log": (
        Log,
        """SELECT run_id AS run, step_id AS step, step_key, from_state AS before, to_state AS after, reason
           FROM run_log ORDER BY epoch, xid, id""",
    ),
}
JOBS = """
SELECT j.id, t.slug AS tenant, j.topic, j.subject_id AS subject, j.state, j.open, j.attempts
FROM public.outbox_job j JOIN public.tenant t ON t.id = j.tenant_id WHERE t.slug = ANY (%s)
"""
HELD = "SELECT count(*) FROM public.budget_slot s JOIN public.tenant t ON t.id = s.tenant_id WHERE t.slug = %s"
SPENT = """
SELECT b.used FROM public.budget b JOIN public.tenant t ON t.id = b.tenant_id WHERE t.slug = %s AND b.metric = 'runs'
"""


def read_books(connection: psycopg.Connection[Any], limits: Limits) -> Books:
    use_schema(connection, limits.slug)
    rows: dict[str, Any] = {}
    for name, (kind, query) in QUERIES.items():
        cursor: psycopg.Cursor[Any]
        with connection.cursor(row_factory=class_row(kind)) as cursor:
            rows[name] = cursor.execute(query).fetchall()
    ((rules,),) = connection.execute("SELECT count(*) FROM rule_spec").fetchall()
    ((held,),) = connection.execute(HELD, [limits.slug]).fetchall()
    ((spent,),) = connection.execute(SPENT, [limits.slug]).fetchall()
    return Books(limits, rules, held=held, spent=spent, **rows)


def read_jobs(connection: psycopg.Connection[Any], tenants: Sequence[str]) -> list[Job]:
    cursor: psycopg.Cursor[Job]
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(JOBS, [list(tenants)]).fetchall()


def use_schema(connection: psycopg.Connection[Any], tenant: str) -> None:
    ((schema,),) = connection.execute("SELECT schema_name FROM public.tenant WHERE slug = %s", [tenant]).fetchall()
    connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))


def as_calls(lines: Sequence[Mapping[str, Any]]) -> list[Call]:
    return [Call(**{name: line[name] for name in Call.__dataclass_fields__}) for line in lines]
