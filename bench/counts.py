"""The cost of a run in statements, commits and messages: counted exactly in one process, not timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from actors.pools import heartbeat
from actors.relay.main import FIRST_TENANT, batches
from actors.solo import work_off_message
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import TenantRef, acting_for_platform
from automate.outbox.claims import EVENT_MATCH, RUN_ADVANCE
from automate.outbox.dispatching import claims as dispatching
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from bench.tenant import accept


@dataclass
class Counts:
    statements: int = 0
    commits: int = 0
    messages: int = 0


@contextmanager
def counting(counts: Counts) -> Iterator[None]:
    """Count all statements. Each transaction block and each statement outside of one counts as a commit."""

    def count(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        counts.statements += 1
        if not connection.in_atomic_block:
            counts.commits += 1
        return execute(sql, parameters, many, context)

    original = psycopg.Connection.commit

    def commit(self: psycopg.Connection[Any]) -> None:
        counts.commits += 1
        original(self)

    psycopg.Connection.commit = commit  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(count):
            yield
    finally:
        psycopg.Connection.commit = original  # type: ignore[method-assign]


def count_drain(tenant: TenantRef, name: str, events: int, *, window: int, batch: int) -> Counts:
    """Dispatch and process a backlog in this process, message by message, as relay and worker do."""
    accept(tenant, name, events)
    begins = {EVENT_MATCH: match_events, RUN_ADVANCE: RunSet.take}
    counts = Counts()
    with counting(counts):
        while True:
            with acting_for_platform("count dispatches", QUEUE_ROLE):
                jobs = dispatching.dispatch(window=window, room=window * 4, resend_seconds=15, after=FIRST_TENANT).jobs
            if not jobs:
                return counts
            for message in batches(jobs, batch):
                counts.messages += 1
                ids = [job.id for job in message]
                work_off_message(tenant.id, ids, begins[message[0].topic], heartbeat)
