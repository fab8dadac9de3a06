"""What a platform's database says became of its events, read as the superuser, and the law that it must obey."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import psycopg
from psycopg import sql

from tests.support.processes import TENANT, Platform
from tests.support.receiver import Receiver
from tests.support.webhooks import Senders

SETTLE_SECONDS = 60.0

# The effects whose outcome was unknown at some time, by their Idempotency-Keys.
UNCERTAIN = """
SELECT DISTINCT e.key FROM run_log l JOIN effect e ON e.run_id = l.run_id AND e.step_key = l.step_key
WHERE l.to_state = 'uncertain' AND e.connector = 'http.request'
"""
MOVES = """
SELECT l.to_state, l.reason, l.occurred_at::text FROM run_log l JOIN effect e ON e.run_id = l.run_id AND e.step_key = l.step_key
WHERE e.key = %(key)s ORDER BY l.epoch, l.xid, l.id
"""
TOLD = "SELECT key FROM effect WHERE connector = 'http.request' AND state = 'confirmed'"
OUTPUTS = """
SELECT e.key, s.output -> 'json' ->> 'serial' FROM step_run s JOIN effect e ON e.run_id = s.run_id AND e.step_key = s.key
WHERE s.state = 'succeeded' AND e.connector = 'http.request'
"""


class Books:
    """Reads of one tenant's tables and of the outbox; each opens a connection, for Postgres may have been away."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        ((self.tenant_id, self._schema),) = self.rows(
            "SELECT id, schema_name FROM public.tenant WHERE slug = %s", [TENANT], schema="public"
        )

    def rows(self, query: str, parameters: Any = (), schema: str = "") -> list[tuple[Any, ...]]:
        path = sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema or self._schema))
        with psycopg.connect(self.platform.database.superuser_url, autocommit=True) as connection:
            connection.execute(path)
            return connection.execute(query, parameters).fetchall()

    def column(self, query: str, parameters: Any = ()) -> list[Any]:
        return [row[0] for row in self.rows(query, parameters)]

    def count(self, query: str, parameters: Any = ()) -> int:
        (count,) = self.column(query, parameters)
        return int(count)

    def jobs(self, state: str) -> set[uuid.UUID]:
        return set(self.column("SELECT id FROM outbox_job WHERE state = %s", [state]))

    def transactions_of(self, process: str) -> int:
        """How many transactions the processes of this name have open."""
        query = """SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = %s AND xact_start IS NOT NULL"""
        return self.count(query, [process])

    def waiting(self) -> int:
        """Jobs that a relay still believes to be on their way."""
        query = "SELECT count(*) FROM outbox_job WHERE state = 'dispatched' AND dispatched_at > now() - interval '2 s'"
        return self.count(query)

    def done_of(self, jobs: set[uuid.UUID]) -> int:
        return self.count("SELECT count(*) FROM outbox_job WHERE state = 'done' AND id = ANY (%s)", [list(jobs)])

    def intents(self) -> set[str]:
        """The keys of calls that are under way: their intent is committed, their result is not."""
        return set(self.column("SELECT key FROM effect WHERE connector = 'http.request' AND state = 'intent'"))

    def uncertain(self) -> set[str]:
        return set(self.column(UNCERTAIN))

    def moves_of(self, key: str) -> list[tuple[Any, ...]]:
        """Of the step that an effect belongs to, in their order: state, reason and time."""
        return self.rows(MOVES, {"key": key})

    def outputs(self) -> dict[str, int]:
        """Which call's answer stands as the step's output: serial by key."""
        return {key: int(serial) for key, serial in self.rows(OUTPUTS)}

    def run_states(self) -> Counter[str]:
        return Counter(dict(self.rows("SELECT state, count(*) FROM execution_run GROUP BY state")))

    def settled(self, events: int) -> bool:
        """Whether every event was matched and nothing is left to do."""
        query = "SELECT (SELECT count(*) FROM decision), (SELECT count(*) FROM outbox_job WHERE open)"
        ((matched, left),) = self.rows(query)
        return bool(matched == events and left == 0)

    def await_settled(self, events: int, seconds: float = SETTLE_SECONDS) -> float:
        """Until all work is done; returns the seconds that it took."""
        return self.platform.until(lambda: self.settled(events), seconds, f"{events} events to be done")


def assert_exact(books: Books, senders: Senders, receiver: Receiver, events: int, *, dead: int = 0) -> None:
    """Accepted = events = runs; each told the world once, or again under its key where its outcome was unknown.

    dead: how many of the runs failed because their jobs died, having told nothing.
    """
    ids = {answer.number: answer.event_id for answer in senders.accepted}
    assert set(ids) == set(range(events))
    assert {(answer.number, answer.event_id) for answer in senders.accepted} == set(ids.items())
    assert {str(row) for row in books.column("SELECT id FROM event")} == set(ids.values())
    assert books.count("SELECT count(DISTINCT event_id) FROM execution_run") == events
    assert books.run_states() == Counter(succeeded=events - dead) + Counter(failed=dead)
    assert books.count("SELECT count(*) FROM outbox_job WHERE state = 'dead'") == dead
    assert books.count("SELECT count(*) FROM outbox_job WHERE state = 'done'") == 2 * events - dead
    assert books.count("SELECT count(*) FROM budget_slot") == 0
    told = {call.number: call.key for call in receiver.calls}
    assert len(told) == events - dead
    assert {(call.number, call.key) for call in receiver.calls} == set(told.items())
    assert set(told.values()) == set(books.column(TOLD))
    assert [books.moves_of(key) for key in receiver.repeated() - books.uncertain()] == []
