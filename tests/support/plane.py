"""The execution plane in one thread, act by act, on real servers: what the relay would send is executed at once."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import psycopg
from django.db import connection

from actors.connectors.base import Call, ConnectorError
from actors.connectors.registry import CONNECTORS, specs
from actors.endpoints import find_target
from actors.holding import PROCESS_CALLS, Begin
from actors.pools import heartbeat
from actors.relay.main import batches
from actors.solo import work_off_message
from automate.events.services import NewEvent, record_events
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.sql import execute as run_sql
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.outbox import claims
from automate.outbox.claims import EVENT_MATCH
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.jobs import ClaimedJob, DispatchedJob
from automate.outbox.registry import registry
from automate.runs.lease import Lease
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from automate.workflows.connectors import ConnectorSpec

RESEND_SECONDS = 15.0
TRACE = "0af7651916cd43dd8448eb211c80319c"
FIRST_TENANT = uuid.UUID(int=0)
UNTIL_SECONDS, LOOK_SECONDS = 30.0, 0.01
BEGIN: Mapping[str, Begin] = {topic.name: topic.begin for topic in registry().values()}


def work_off(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
    """What a worker does with a message, in this thread."""
    work_off_message(tenant_id, job_ids, begin, heartbeat)


def unordered(statement: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """
    The rows, last one first where the statement names no order.

    PostgreSQL promises no order then, and almost always gives the one in which rows were written. A test that relies
    on that would fail once in a hundred runs. This way it fails in the first one.
    """
    return rows if "ORDER BY" in statement else rows[::-1]


class Root:
    """A session of the superuser, its own where none is given: sees every row of every tenant, and makes time pass by moving times into the past."""

    def __init__(self, url: str, connection: psycopg.Connection[Any] | None = None) -> None:
        self.url = url
        self.connection = connection or psycopg.connect(url, autocommit=True, dbname="automate")

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return unordered(statement, self.connection.execute(statement, parameters or None).fetchall())

    def value(self, statement: str, *parameters: Any) -> Any:
        ((value,),) = self.rows(statement, *parameters)
        return value

    def execute(self, statement: str, *parameters: Any) -> int:
        return self.connection.execute(statement, parameters or None).rowcount

    def empty_queue(self) -> None:
        """Each test does so twice, and truncating costs thirty times as much as deleting, unless there is much."""
        if self.value("SELECT pg_relation_size('public.outbox_job') > 1000000"):
            self.execute("TRUNCATE public.outbox_job, public.budget_slot")
        else:
            self.execute("DELETE FROM public.outbox_job")
            self.execute("DELETE FROM public.budget_slot")

    def expire_leases(self) -> None:
        self.execute("UPDATE public.outbox_job SET lease_until = now() - interval '1 second' WHERE state = 'claimed'")

    def pass_seconds(self, seconds: float) -> None:
        """Everything that waits in the queue, or was sent, has waited for so much longer."""
        self.execute(
            "UPDATE public.outbox_job SET due_at = due_at - make_interval(secs => %(s)s),"
            " dispatched_at = dispatched_at - make_interval(secs => %(s)s),"
            " lease_until = lease_until - make_interval(secs => %(s)s) WHERE open".replace("%(s)s", str(float(seconds)))
        )


@dataclass
class Scripted:
    """A connector that does as it is told: each call takes the next act, the last one for ever.

    An act is an output, an exception to raise, or a function of the Call. calls: all that came.
    """

    effect: str = "keyed"
    acts: Sequence[Any] = ({},)
    inline: bool = True
    name: str = "test.scripted"
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spec = ConnectorSpec(self.name, "Scripted", self.effect, {"type": "object"}, {})  # type: ignore[arg-type]
        self.left = deque(self.acts)

    async def call(self, call: Call) -> Any:
        self.calls.append(call)
        act = self.left.popleft() if len(self.left) > 1 else self.left[0]
        if callable(act):
            act = act(call)
        if hasattr(act, "__await__"):
            act = await act
        if isinstance(act, BaseException):
            raise act
        return act


def failing(code: str, *, retry_after_seconds: float | None = None, arrived: bool = False) -> ConnectorError:
    return ConnectorError(code, f"{code} by script.", retry_after_seconds=retry_after_seconds, arrived=arrived)


@contextmanager
def connectors(*scripted: Scripted) -> Iterator[None]:
    """Register connectors for the length of the block."""
    registry: Any = CONNECTORS
    registry.update({connector.name: connector for connector in scripted})
    try:
        yield
    finally:
        for connector in scripted:
            registry.pop(connector.name, None)


@dataclass(frozen=True)
class Published:
    workflow: uuid.UUID
    version: uuid.UUID | None
    rule: uuid.UUID


class Plane:
    """One tenant's way through the plane. Every verb opens the scope that it needs."""

    def __init__(self, tenant: TenantRef, root: Root) -> None:
        self.tenant, self.root = tenant, root

    def publish(
        self,
        slug: str,
        steps: Sequence[Mapping[str, Any]],
        *,
        when: Any = True,
        options: Mapping[str, Any] | None = None,
        priority: int = 0,
        enabled: bool = True,
        published: bool = True,
        **definition: Any,
    ) -> Published:
        """A workflow and the rule that starts it."""
        made = Published(new_id(), new_id() if published else None, new_id())
        text = json.dumps({"schema": 1, "steps": [{"with": {}, **step} for step in steps], **definition})
        with acting_for(self.tenant):
            run_sql(
                "INSERT INTO workflow (id, slug, name, enabled, definition, problems, revision, current_version_id,"
                " created_at, updated_at) VALUES (%s, %s, %s, %s, %s::jsonb, '[]', 1, %s, now(), now())",
                [made.workflow, slug, slug, enabled, text, made.version],
            )
            if published:
                run_sql(
                    "INSERT INTO workflow_version (id, workflow_id, number, definition, written, checksum, published_at,"
                    " published_by) VALUES (%s, %s, 1, %s::jsonb, %s, %s, now(), 'test')",
                    [made.version, made.workflow, text, text, hashlib.sha256(text.encode()).hexdigest()],
                )
            run_sql(
                'INSERT INTO rule_spec (id, slug, name, enabled, priority, "when", options, warnings, workflow_id, revision,'
                " created_at, updated_at) VALUES (%s, %s, %s, true, %s, %s::jsonb, %s::jsonb, '[]', %s, 1, now(), now())",
                [made.rule, slug, slug, priority, json.dumps(when), json.dumps(options or {}), made.workflow],
            )
        return made

    def send(self, *payloads: Any, depth: int = 0, kind: str = "order.created") -> list[uuid.UUID]:
        """Events, accepted in one commit."""
        with acting_for(self.tenant), acting_as(Principal(kind="system", name="test")):
            ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
            events = [
                NewEvent(source_id=source, type=kind, body=json.dumps(payload).encode(), trace_id=TRACE, depth=depth)
                for payload in payloads
            ]
            return [taken.event_id for taken in record_events(events, audited=False)]

    def dispatch(
        self, *, window: int = 16, room: int = 256, resend_seconds: float = RESEND_SECONDS
    ) -> list[DispatchedJob]:
        with acting_for_platform("dispatch for a test", QUEUE_ROLE):
            return dispatching.dispatch(
                window=window, room=room, resend_seconds=resend_seconds, after=FIRST_TENANT
            ).jobs

    def work(self, most: int = 8, *, resend_seconds: float = RESEND_SECONDS) -> int:
        """One round of the relay and what follows from it. Returns how many jobs went out."""
        jobs = self.dispatch(resend_seconds=resend_seconds)
        for batch in batches(jobs, most):
            work_off(batch[0].tenant_id, [job.id for job in batch], BEGIN[batch[0].topic])
        return len(jobs)

    def drain(self, rounds: int = 100) -> None:
        """Work until nothing is due."""
        for _ in range(rounds):
            if not self.work():
                return
        raise AssertionError(f"still busy after {rounds} rounds")

    def pass_seconds(self, seconds: float) -> None:
        """For the queue, and for what steps of this tenant wait for."""
        self.root.pass_seconds(seconds)
        self.root.execute(
            f'UPDATE "{self.tenant.schema}".step_run SET due_at = due_at - make_interval(secs => {float(seconds)})'
        )

    def until(self, condition: Callable[[], bool]) -> None:
        """Look until another thread has made it so."""
        ends = time.monotonic() + UNTIL_SECONDS
        while not condition():
            assert time.monotonic() < ends, f"not so after {UNTIL_SECONDS:g} s: jobs {self.jobs()}, runs {self.runs()}"
            time.sleep(LOOK_SECONDS)

    def claim(self, seconds: float = 30) -> list[ClaimedJob]:
        """Dispatch what is due, and claim it as a worker does."""
        jobs = self.dispatch()
        with acting_for(self.tenant):
            return claims.claim(self.tenant.id, [job.id for job in jobs], lease_seconds=seconds)

    def claim_all(self) -> list[ClaimedJob]:
        """Claim every job of the tenant, due or not."""
        self.root.execute(
            "UPDATE public.outbox_job SET state = 'dispatched' WHERE open AND tenant_id = %s", self.tenant.id
        )
        ids = [
            row[0] for row in self.root.rows("SELECT id FROM public.outbox_job WHERE tenant_id = %s", self.tenant.id)
        ]
        with acting_for(self.tenant):
            return claims.claim(self.tenant.id, ids, lease_seconds=30)

    def run_set(self) -> RunSet:
        return RunSet(self.tenant, specs(), Lease(30, lambda: False, lambda: PROCESS_CALLS), find_target)

    def start_and_die(self, topic: str = EVENT_MATCH) -> list[StepCall]:
        """A worker that commits its intents and is lost before it calls; its leases end."""
        jobs = self.claim()
        with acting_for(self.tenant):
            calls = BEGIN[topic](self.run_set(), jobs)
        self.root.expire_leases()
        return calls

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with acting_for(self.tenant):
            return unordered(statement, fetch(statement, parameters))

    def by_ada(self, act: Callable[[], object]) -> None:
        """What a member of the tenant does."""
        with acting_for(self.tenant), acting_as(Principal(kind="member", name="ada")):
            act()

    def runs(self) -> list[tuple[str, str]]:
        """State and error code (or reason) of each run, oldest first."""
        return self.rows(
            "SELECT state, coalesce(error ->> 'code', state_reason) FROM execution_run ORDER BY created_at, id"
        )

    def run_states(self) -> list[str]:
        """Of each run, oldest first."""
        return [state for state, _ in self.runs()]

    def steps(self) -> list[tuple[str, int, str, str]]:
        """Key, attempt, state and error code of each attempt, in order."""
        return self.rows(
            "SELECT key, attempt, state, coalesce(error ->> 'code', '') FROM step_run ORDER BY started_at, id, attempt"
        )

    def effects(self) -> list[tuple[str, str, int]]:
        """Step key, state and tries of each row of the ledger."""
        return self.rows("SELECT step_key, state, tries FROM effect ORDER BY intended_at, step_key")

    def jobs(self) -> list[tuple[str, int, int]]:
        """State, fence and attempts of each job of the tenant, oldest first."""
        return self.root.rows(
            "SELECT state, fence, attempts FROM public.outbox_job WHERE tenant_id = %s ORDER BY id", self.tenant.id
        )

    def log(self) -> list[tuple[str, str, str]]:
        """Step key (empty for the run), from and to, in the order of writing."""
        return self.rows("SELECT step_key, from_state, to_state FROM run_log ORDER BY id")


@contextmanager
def counting() -> Iterator[list[tuple[str, bool]]]:
    """The statements of this thread: the first words of each, and whether it stood inside a transaction. What goes with one of
    many by chance does not come.
    """
    seen: list[tuple[str, bool]] = []

    def count(run: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        words = sql.split()
        seen.append((" ".join(words[:3]), connection.in_atomic_block))
        return run(sql, parameters, many, context)

    with mock.patch("random.randrange", lambda below: below - 1), connection.execute_wrapper(count):
        yield seen
