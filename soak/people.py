"""People who work with the runs: they decide approvals, and fix, repeat and end runs.

They find their work in the tables, as a person looks at a list, and act through the API. An unanswered request is
sent again under its key. The answers are stored, and the checks compare them with the rows.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx2
import psycopg
from psycopg import sql

from graphql_schema.ids import global_id, row_id_of
from soak.connectors import UNSAFE, mended_mark
from soak.load import ERRORS, REDRIVE, Load, Order, UnansweredError
from soak.site import Site
from soak.workflows import AGAIN, MANY, MENDED, PARKED

ROUND_SECONDS, BULK_SECONDS = 1.0, 5.0
REJECTED_EVERY = 5
"""The second person rejects one of this many approvals."""
BUTTONS = {False: "approved", True: "rejected"}
"""The button on the page, which is the outcome; True for the approvals that are rejected."""
RETRY, CANCEL = "RETRY", "CANCEL"
BY_TOKEN, BY_LINK = "first token", "somebody@example.com"
SCHEMAS = "SELECT slug, schema_name, id FROM public.tenant WHERE slug = ANY (%s)"
N = "(convert_from(p.body, 'utf8')::jsonb ->> 'n')::int"
# Each row: the object, the number of its event, and further values.
PENDING = f"""
SELECT a.step_id, {N}, a.shown_sha256,
       ARRAY(SELECT d.principal_name FROM {{schema}}.approval_decision d WHERE d.approval_id = a.step_id)
FROM {{schema}}.approval a JOIN {{schema}}.execution_run r ON r.id = a.run_id
JOIN {{schema}}.event_payload p ON p.event_id = r.event_id WHERE a.state = 'pending' AND r.state = 'waiting'
"""
REFUSED = f"""
SELECT r.id, {N}, encode(uuid_send(r.fingerprint), 'hex') FROM {{schema}}.execution_run r
JOIN {{schema}}.workflow w ON w.id = r.workflow_id JOIN {{schema}}.event_payload p ON p.event_id = r.event_id
WHERE w.slug = {{kind}} AND r.state = 'failed' AND r.error ->> 'code' = 'CONNECTOR_REFUSED'
  AND NOT EXISTS (SELECT 1 FROM {{schema}}.execution_run again WHERE again.retry_of_id = r.id)
"""
MATCHED = f"""
SELECT e.id, {N} FROM {{schema}}.event e JOIN {{schema}}.event_payload p ON p.event_id = e.id
WHERE e.type = {{type}} AND EXISTS (SELECT 1 FROM {{schema}}.rule_match m WHERE m.event_id = e.id)
"""
DEAD = f"""
SELECT j.id, {N} FROM public.outbox_job j JOIN {{schema}}.execution_run r ON r.id = j.subject_id
JOIN {{schema}}.event_payload p ON p.event_id = r.event_id
WHERE j.tenant_id = {{tenant}} AND j.state = 'dead' AND r.error ->> 'code' = 'POISON_JOB'
"""
UNCERTAIN = """
SELECT DISTINCT r.id FROM {schema}.execution_run r JOIN {schema}.step_run s ON s.run_id = r.id
JOIN {schema}.effect e ON e.run_id = r.id AND e.step_key = s.key
WHERE r.state = 'waiting' AND s.state = 'uncertain' AND e.connector = {unsafe}
"""
RESTING = """
SELECT r.id FROM {schema}.execution_run r JOIN {schema}.workflow w ON w.id = r.workflow_id
WHERE w.slug = {kind} AND r.state = 'waiting'
"""
DECIDE = f"mutation($input: DecideApprovalInput!) {{ decideApproval(input: $input) {{ {ERRORS} }} }}"
LINK = f"mutation($input: ApprovalLinkInput!) {{ approvalLink(input: $input) {{ url {ERRORS} }} }}"
RETRY_RUNS = f"mutation($input: RetryRunsInput!) {{ retryRuns(input: $input) {{ runs {{ id }} {ERRORS} }} }}"
REPLAY_EVENT = f"mutation($input: ReplayEventInput!) {{ replayEvent(input: $input) {{ runs {{ id }} {ERRORS} }} }}"
REDRIVE_JOBS = f"mutation($input: RedriveJobsInput!) {{ redriveJobs(input: $input) {{ {ERRORS} }} }}"
PREVIEW = "query($input: BulkInput!) { previewBulkOperation(input: $input) { previewId count } }"
START_BULK = f"mutation($input: StartBulkOperationInput!) {{ startBulkOperation(input: $input) {{ operation {{ id }} {ERRORS} }} }}"


@dataclass(frozen=True)
class _Asked:
    """A pending approval."""

    id: uuid.UUID
    n: int
    """The number of its event."""
    shown: str
    before: Sequence[str]
    """The people who have decided."""


@dataclass
class Told:
    """The answers that people received."""

    decided: dict[uuid.UUID, list[tuple[str, str]]] = field(default_factory=dict)
    """Approval -> people and outcomes."""
    retried: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    """Replaced run -> new run."""
    replayed: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    """Event -> the runs that the replay started."""
    redriven: set[uuid.UUID] = field(default_factory=set)
    """Jobs."""
    bulks: set[uuid.UUID] = field(default_factory=set)
    """Operations that started."""


class People:
    """The simulated people. given_up: runs with an unsafe call whose outcome is unknown."""

    def __init__(self, site: Site, load: Load, planned: Iterable[Order], tenants: Sequence[str]) -> None:
        self._site, self._load = site, load
        self._redriven = {order.n for order in planned if order.told == REDRIVE}
        with site.superuser() as connection:
            self._tenants = connection.execute(SCHEMAS, [list(tenants)]).fetchall()
        self.told = Told()
        self.given_up: set[uuid.UUID] = set()
        self._bulks = 0
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._rounds, args=(act, seconds), name=act.__name__, daemon=True)
            for act, seconds in ((self._one_by_one, ROUND_SECONDS), (self._together, BULK_SECONDS))
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def left(self) -> int:
        """The amount of open work for people."""
        return sum(
            len(self._find(REFUSED, slug, kind=MENDED))
            + len(self._find(REFUSED, slug, kind=MANY))
            + len(self._to_replay(slug))
            + len(self._to_redrive(slug))
            for slug, _, _ in self._tenants
        )

    def _rounds(self, act: Callable[[str, httpx2.Client], None], seconds: float) -> None:
        with httpx2.Client(timeout=10, trust_env=False) as client:
            while not self._ended.wait(seconds):
                try:
                    for slug, _, _ in self._tenants:
                        act(slug, client)
                except (psycopg.Error, UnansweredError):
                    continue  # PostgreSQL or web was unavailable: the next round finds the same.

    def _one_by_one(self, slug: str, client: httpx2.Client) -> None:
        for found in self._find(PENDING, slug):
            self._decide(client, slug, _Asked(*found))
        for run, n, _ in self._find(REFUSED, slug, kind=MENDED):
            wanted = {"runs": [global_id("ExecutionRun", run)], "from": "START" if n % 2 else "FAILED_STEP"}
            answer = self._load.ask(client, slug, RETRY_RUNS, {**wanted, "idempotencyKey": f"retry-{run}"})
            self.told.retried.update((run, new) for new in _runs(answer))
        for event in self._to_replay(slug):
            wanted = {"event": global_id("Event", event), "idempotencyKey": f"replay-{event}"}
            self.told.replayed[event] = _runs(self._load.ask(client, slug, REPLAY_EVENT, wanted))
        for job, n in self._to_redrive(slug):
            mark = mended_mark(self._site.home, n)
            mark.parent.mkdir(exist_ok=True)
            mark.touch()
            self._load.ask(client, slug, REDRIVE_JOBS, {"jobs": [global_id("OutboxJob", job)]})
            self.told.redriven.add(job)
        for (run,) in self._find(UNCERTAIN, slug, unsafe=UNSAFE):
            if run not in self.given_up:
                self._load.cancel(client, slug, [run], f"give-up-{run}")
                self.given_up.add(run)

    def _decide(self, client: httpx2.Client, slug: str, asked: _Asked) -> None:
        """The person with the token approves first. The person without an account decides last, by a link."""
        approval = global_id("Approval", asked.id)
        said = self.told.decided.setdefault(asked.id, [])
        if BY_TOKEN not in asked.before:
            self._load.ask(client, slug, DECIDE, {"approval": approval, "outcome": "APPROVED", "shown": asked.shown})
            said.append((BY_TOKEN, "approved"))
        outcome = BUTTONS[asked.n % REJECTED_EVERY == 0]
        link = {"approval": approval, "recipient": BY_LINK, "role": "OWNER"}
        url = self._load.ask(client, slug, LINK, link)["url"]
        if url is not None:
            self._load.patiently(lambda: self._press(client, url, {"outcome": outcome, "shown": asked.shown}))
            said.append((BY_LINK, outcome))

    def _press(self, client: httpx2.Client, url: str, form: Mapping[str, str]) -> bool | None:
        """Whether the page has the decision: a conflict means that an earlier, unanswered attempt was accepted."""
        response = client.post(url, data=dict(form))
        if response.status_code in {HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT}:
            return True
        self._load.refuse(f"approval page {response.status_code}")
        return None

    def _together(self, slug: str, client: httpx2.Client) -> None:
        """Bulk operations on similar items. They may overlap; then each item belongs to one of them."""
        if alike := {fingerprint for _, _, fingerprint in self._find(REFUSED, slug, kind=MANY)}:
            runs = {"workflow": MANY, "states": ["FAILED"], "fingerprint": min(alike)}
            self._begin_bulk(client, slug, RETRY, {"runs": runs})
        if self._find(RESTING, slug, kind=PARKED):
            self._begin_bulk(client, slug, CANCEL, {"runs": {"workflow": PARKED}})

    def _begin_bulk(self, client: httpx2.Client, slug: str, kind: str, items: Mapping[str, Any]) -> None:
        """Start the operation as previewed, or not at all."""
        self._bulks += 1
        preview = self._load.ask(client, slug, PREVIEW, {"kind": kind, **items})
        wanted = {"kind": kind, **items, "previewId": preview["previewId"], "rate": 50, "reason": "soak"}
        key = f"bulk-{slug}-{self._bulks}"
        answer = self._load.ask(client, slug, START_BULK, {**wanted, "idempotencyKey": key})
        if answer["operation"] is not None:
            self.told.bulks.add(_row(answer["operation"]["id"], "BulkOperation"))

    def _to_replay(self, slug: str) -> list[uuid.UUID]:
        """Every second event of its kind, after it was matched."""
        found = self._find(MATCHED, slug, type=f"soak.{AGAIN}")
        return [event for event, n in found if n % 2 and event not in self.told.replayed]

    def _to_redrive(self, slug: str) -> list[tuple[uuid.UUID, int]]:
        return [(job, n) for job, n in self._find(DEAD, slug) if n in self._redriven]

    def _find(self, query: str, slug: str, **words: str) -> list[tuple[Any, ...]]:
        ((schema, tenant),) = [(schema, tenant) for name, schema, tenant in self._tenants if name == slug]
        literals = {name: sql.Literal(word) for name, word in words.items()}
        asked = sql.SQL(query).format(schema=sql.Identifier(schema), tenant=sql.Literal(tenant), **literals)
        with self._site.superuser() as connection:
            return connection.execute(asked).fetchall()


def _runs(answer: Mapping[str, Any]) -> list[uuid.UUID]:
    return [_row(run["id"], "ExecutionRun") for run in answer["runs"]]


def _row(named: str, kind: str) -> uuid.UUID:
    row = row_id_of(named, kind)
    assert row is not None, named
    return row
