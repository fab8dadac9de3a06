"""Runs, steps, events, decisions and logs in a tenant's tables, by COPY.

Each run has its own event, one decision and three steps. Only the runs that the bench reads in detail have a whole
history: a log, effects and outputs.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.runs.work import idempotency_key
from bench.tenant import log_step, set_up

STEPS = ("first", "second", "third")
DETAILED = 200
"""Runs with a whole history."""
FAILS_EACH = 20
"""One of this many runs fails."""
CHUNK = 20_000
RANDOM_BITS = 74
NAME = "reads"

Row = Sequence[object]

EVENT = (
    "id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256, trace_id, depth, actor_kind,"
    " actor_name, occurred_at, received_at"
)
RUN = (
    "id, workflow_id, workflow_version_id, event_id, source_id, rule_id, origin_id, state, state_reason, error, trace_id, depth, step_count,"
    " created_at, started_at, finished_at, started_by, test, fingerprint"
)
STEP = "id, run_id, key, item, attempt, state, output, started_at, finished_at"
DECISION = "id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, decided_at"
LOG = "xid, epoch, run_id, workflow_id, step_id, step_key, attempt, from_state, to_state, reason, occurred_at"
EFFECT = (
    "key, run_id, step_key, item, connector, effect, state, did_nothing, faults, request, target, tries, former, response_sha256,"
    " external_id, code, lookups, intended_at, settled_at"
)
PAYLOAD = "event_id, body"


@dataclass(frozen=True)
class Flow:
    """The common values of all runs."""

    tenant: TenantRef
    workflow: uuid.UUID
    version: uuid.UUID
    rule: uuid.UUID
    source: uuid.UUID


@dataclass(frozen=True)
class Loaded:
    """The loaded data."""

    runs: int
    detailed: list[uuid.UUID]
    """Ids of runs with a whole history."""
    middle: uuid.UUID
    """The id of the run in the middle of the list."""
    middle_event: uuid.UUID


def make_flow(tenant: TenantRef) -> Flow:
    set_up(tenant, NAME, [log_step(key) for key in STEPS])
    with acting_for(tenant):
        ((workflow, version),) = fetch("SELECT id, current_version_id FROM workflow WHERE slug = %s", [NAME])
        ((rule,),) = fetch("SELECT id FROM rule_spec WHERE slug = %s", [NAME])
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
    return Flow(tenant, workflow, version, rule, source)


class Writer:
    """Creates the rows in the order of their time. Only their ids differ from load to load.

    lists: only the rows that lists of runs and events read, so no payloads, and steps only for runs with a whole history.
    """

    def __init__(self, flow: Flow, runs: int, *, lists: bool = False) -> None:
        self.flow, self.runs, self.lists = flow, runs, lists
        self.random = random.Random(17)
        self.began = datetime.now(timezone.utc) - timedelta(days=30)
        self.apart = timedelta(days=29) / runs
        self.detailed: list[uuid.UUID] = []
        self.middle: tuple[uuid.UUID, uuid.UUID] | None = None

    def chunks(self) -> Iterator[dict[str, list[Row]]]:
        """Rows by table with its columns."""
        found: dict[str, list[Row]] = {}
        for number in range(self.runs):
            for table, row in self._of_run(number):
                found.setdefault(table, []).append(row)
            if number % CHUNK == CHUNK - 1 or number == self.runs - 1:
                yield found
                found = {}

    def _id(self, at: datetime) -> uuid.UUID:
        bits = (int(at.timestamp() * 1000) << 80) | self.random.getrandbits(RANDOM_BITS)
        return uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))

    def _of_run(self, number: int) -> Iterator[tuple[str, Row]]:
        flow, at = self.flow, self.began + number * self.apart
        event, run, decision = self._id(at), self._id(at), self._id(at)
        trace, fails = f"{self.random.getrandbits(128):032x}", number % FAILS_EACH == 0
        if number == self.runs // 2:
            self.middle = run, event
        whole = number % max(1, self.runs // DETAILED) == 0
        body = json.dumps({"order": {"id": number, "amount": number % 977}})
        ms = timedelta(milliseconds=1)
        yield (
            f"event ({EVENT})",
            (
                event,
                flow.source,
                f"bench.{NAME}",
                f"order {number}",
                f"order-{number}",
                "{}",
                len(body),
                "0" * 64,
                trace,
                0,
                "api_token",
                "bench",
                at,
                at,
            ),
        )
        if not self.lists:
            yield f"event_payload ({PAYLOAD})", (event, body.encode())
        yield f"decision ({DECISION})", (decision, event, flow.rule, 1, "matched", "It matched.", "[]", run, at + ms)
        error = '{"code": "UPSTREAM_UNAVAILABLE", "message": "It did not answer.", "details": {}}' if fails else None
        print_of = uuid.uuid5(uuid.NAMESPACE_URL, "unavailable") if fails else None
        state, end = ("failed" if fails else "succeeded"), at + 12 * ms
        yield (
            f"execution_run ({RUN})",
            (
                run,
                flow.workflow,
                flow.version,
                event,
                flow.source,
                flow.rule,
                run,
                state,
                "",
                error,
                trace,
                1,
                len(STEPS),
                at + ms,
                at + 2 * ms,
                end,
                "",
                False,
                print_of,
            ),
        )
        if self.lists and not whole:
            return
        moves: list[tuple[uuid.UUID | None, str, int | None, str, str, datetime]] = [
            (None, "", None, "queued", "running", at + 2 * ms)
        ]
        for place, key in enumerate(STEPS):
            step, start = self._id(at + (3 * place + 2) * ms), at + (3 * place + 2) * ms
            yield (
                f"step_run ({STEP})",
                (step, run, key, -1, 1, "succeeded", '{"level": "debug"}' if whole else None, start, start + 2 * ms),
            )
            moves += [
                (step, key, 1, "pending", "running", start),
                (step, key, 1, "running", "succeeded", start + 2 * ms),
            ]
        if whole:
            self.detailed.append(run)
            yield from ((f"effect ({EFFECT})", row) for row in _effects(flow, run, at))
            for step_id, key, attempt, before, after, when in [*moves, (None, "", None, "running", state, end)]:
                yield (
                    f"run_log ({LOG})",
                    (1, 1, run, flow.workflow, step_id, key, attempt, before, after, "", when),
                )


def load(connection: psycopg.Connection[Any], flow: Flow, runs: int, *, lists: bool = False) -> Loaded:
    """Load the rows. connection: the superuser's, in autocommit. lists: only what lists of runs and events read."""
    writer = Writer(flow, runs, lists=lists)
    connection.execute(SQL("SET search_path TO {}").format(Identifier(flow.tenant.schema)))
    connection.execute("SET synchronous_commit TO off")
    # Each row refers to rows of the same load, so no foreign key is checked: the checks took longer than the rows.
    connection.execute("SET session_replication_role TO replica")
    for chunk in writer.chunks():
        with connection.transaction():
            for table, rows in chunk.items():
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copying:
                    for row in rows:
                        copying.write_row(row)
    connection.execute("RESET session_replication_role")
    for table in ("event", "execution_run", "step_run", "decision", "run_log", "effect", "event_payload"):
        connection.execute(SQL("VACUUM (ANALYZE) {}").format(Identifier(table)))
    connection.execute("CHECKPOINT")
    if writer.middle is None:
        raise ValueError("Load at least one run.")
    return Loaded(runs, writer.detailed, *writer.middle)


def _effects(flow: Flow, run: uuid.UUID, at: datetime) -> list[Row]:
    """The effects of the steps, one each."""
    request = '{"input": {"level": "debug", "message": "order 1"}}'
    return [
        (
            (
                idempotency_key(flow.tenant.id, run, key),
                run,
                key,
                -1,
                "log.write",
                "idempotent",
                "confirmed",
                False,
                0,
                request,
                "",
                1,
                "[]",
                "",
                "",
                "",
                0,
                at,
                at,
            )
        )
        for key in STEPS
    ]
