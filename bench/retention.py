"""The cost of retention: workers drain a backlog beside two million old runs, in turn with the sweeper and without it.

``python -m bench.retention``. COPY loads the old runs. Prints the ratio of the two rates, the number of removed rows, and the
size of each table in live rows.
"""

from __future__ import annotations

import argparse
import importlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from bench.system import System, running_system, set_up_django

OLD_RUNS, EVENTS, ROUNDS = 2_000_000, 15_000, 6
OLDEST_DAYS, YOUNGEST_DAYS = 200, 100
KEPT_DAYS = "90"
TARGET, MOST_DEAD = 0.9, 1.3
LOG_ROWS = 5
NAME = "log1"
SWEEPING_SECONDS = 30.0
BODY = b'{"order": {"id": 12345, "amount": 4200, "currency": "EUR", "customer": "c_9182", "lines": [1, 2, 3]}}'.hex()
TABLES = ("execution_run", "step_run", "effect", "run_log", "event", "event_payload", "decision", "rule_match")
# Rows that no vacuum has freed yet, and live rows.
DEAD = "SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid) FROM pg_stat_all_tables WHERE schemaname = %s"


@dataclass(frozen=True)
class Old:
    """One old run's ids and times."""

    event: str
    run: str
    step: str
    at: str
    number: int


def olds(count: int, now: int) -> Iterator[Old]:
    """The old runs. now: in milliseconds; equal for all tables, because ids are derived from it."""
    first, span = now - OLDEST_DAYS * 86_400_000, (OLDEST_DAYS - YOUNGEST_DAYS) * 86_400_000
    for number in range(count):
        timestamp = first + span * number // count
        head, tail = f"{timestamp:012x}", f"8000{number:012x}"
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp / 1000))
        yield Old(f"{head}7000{tail}", f"{head}7001{tail}", f"{head}7002{tail}", at, number)


def _loads(flow: Any) -> dict[str, tuple[str, Callable[[Old], str]]]:
    """Table -> its columns, and a function for the lines of one old run."""
    trace, digest = "a" * 32, "b" * 64
    return {
        "event": (
            (
                "id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256, trace_id, depth, actor_kind,"
                " actor_name, occurred_at, received_at"
            ),
            lambda o: (
                f"{o.event}\t{flow.source}\tbench.old\t\t\t{{}}\t99\t{digest}\t{trace}\t0\tsystem\tbench\t{o.at}\t{o.at}\n"
            ),
        ),
        "event_payload": ("event_id, body", lambda o: f"{o.event}\t\\\\x{BODY}\n"),
        "rule_match": (
            "id, event_id, rule_set_version, rules, decided_at",
            lambda o: f"{o.event}\t{o.event}\t1\t1\t{o.at}\n",
        ),
        "decision": (
            "id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, decided_at",
            lambda o: f"{o.event}\t{o.event}\t{flow.rule}\t1\tmatched\tThe type is right.\t[]\t{o.run}\t{o.at}\n",
        ),
        "execution_run": (
            (
                "id, workflow_id, workflow_version_id, event_id, rule_id, origin_id, state, state_reason, trace_id, depth, step_count,"
                " created_at, started_at, finished_at"
            ),
            lambda o: (
                f"{o.run}\t{flow.workflow}\t{flow.version}\t{o.event}\t{flow.rule}\t{o.run}\tsucceeded\t\t{trace}\t1\t1\t{o.at}\t{o.at}\t{o.at}\n"
            ),
        ),
        "step_run": (
            "id, run_id, key, item, attempt, state, output, started_at, finished_at",
            lambda o: (
                f'{o.step}\t{o.run}\ts0\t-1\t1\tsucceeded\t{{"message": "order 12345", "level": "debug"}}\t{o.at}\t{o.at}\n'
            ),
        ),
        "effect": (
            (
                "key, run_id, step_key, item, connector, effect, state, request, target, tries, former, response_sha256, external_id, code,"
                " lookups, intended_at, settled_at"
            ),
            lambda o: (
                f"{o.number:064x}\t{o.run}\ts0\t-1\tlog.write\tsafe\tconfirmed\t"
                f'{{"input": {{"message": "order 12345"}}}}\t\t1\t[]\t{digest}\t\t\t0\t{o.at}\t{o.at}\n'
            ),
        ),
        "run_log": (
            "epoch, xid, run_id, workflow_id, step_id, step_key, attempt, from_state, to_state, reason, occurred_at",
            lambda o: "".join(
                f"1\t1\t{o.run}\t{flow.workflow}\t\\N\t\t\\N\trunning\tsucceeded\t\t{o.at}\n" for _ in range(LOG_ROWS)
            ),
        ),
    }


@dataclass(frozen=True)
class Flow:
    source: uuid.UUID
    workflow: uuid.UUID
    version: uuid.UUID
    rule: uuid.UUID


FLOW = """
SELECT (SELECT id FROM {schema}.source WHERE slug = 'api'), w.id, w.current_version_id, r.id
FROM {schema}.workflow w JOIN {schema}.rule_spec r ON r.workflow_id = w.id WHERE w.slug = %s
"""


# The oldest runs.
APART = """
WITH oldest AS (SELECT id, event_id FROM {schema}.execution_run ORDER BY finished_at, id LIMIT 1000)
SELECT (SELECT count(*) FROM oldest o WHERE NOT EXISTS (SELECT 1 FROM {schema}.step_run s WHERE s.run_id = o.id)),
       (SELECT count(*) FROM oldest o WHERE NOT EXISTS (SELECT 1 FROM {schema}.effect e WHERE e.run_id = o.id)),
       (SELECT count(*) FROM oldest o WHERE NOT EXISTS (SELECT 1 FROM {schema}.event_payload p WHERE p.event_id = o.event_id))
"""


def load(owner: psycopg.Connection, schema: str, count: int) -> float:
    """Load the old runs. Returns the duration in seconds."""
    began, now = time.monotonic(), int(time.time() * 1000)
    row = owner.execute(sql.SQL(FLOW).format(schema=sql.Identifier(schema)), [NAME]).fetchone()
    assert row is not None
    owner.execute("SET session_replication_role = replica")
    for table, (columns, lines) in _loads(Flow(*row)).items():
        target = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(
            sql.Identifier(schema), sql.Identifier(table), sql.SQL(columns)
        )
        with owner.cursor() as cursor, cursor.copy(target) as copy:
            part: list[str] = []
            for old in olds(count, now):
                part.append(lines(old))
                if len(part) == 5_000:  # noqa: PLR2004 - lines of one write
                    copy.write("".join(part))
                    part.clear()
            copy.write("".join(part))
        owner.execute(sql.SQL("VACUUM (ANALYZE) {}.{}").format(sql.Identifier(schema), sql.Identifier(table)))
    owner.execute("SET session_replication_role = DEFAULT")
    owner.execute("UPDATE public.tenant SET created_at = now() - interval '400 days'")
    owner.execute("CHECKPOINT")
    return time.monotonic() - began


def check_load(owner: psycopg.Connection, schema: str) -> None:
    """Raise AssertionError if the rows of the old runs do not fit together: the sweeper would have almost nothing to
    do."""
    row = owner.execute(sql.SQL(APART).format(schema=sql.Identifier(schema))).fetchone()
    assert row == (0, 0, 0), row


def scheduler(system: System, days: str) -> None:
    """Restart the scheduler with this retention."""
    if "scheduler" in system.processes:
        system.stop("scheduler")
    system.environ["AUTOMATE_RETENTION_DAYS"] = days
    system.start("scheduler")


def left(owner: psycopg.Connection, schema: str) -> int:
    statement = sql.SQL("SELECT count(*) FROM {}.execution_run WHERE finished_at < now() - interval '99 days'")
    row = owner.execute(statement.format(sql.Identifier(schema))).fetchone()
    assert row is not None
    return int(row[0])


def await_sweeping(owner: psycopg.Connection, schema: str) -> None:
    """Wait until the sweeper removes rows. Raises AssertionError after SWEEPING_SECONDS."""
    before, until = left(owner, schema), time.monotonic() + SWEEPING_SECONDS
    while left(owner, schema) == before:
        # The tenant's next turn may be an hour away.
        owner.execute("UPDATE public.retention_sweep SET due_at = now() WHERE due_at > now()")
        assert time.monotonic() < until, "the sweeper does not remove anything"
        time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retention", description=__doc__)
    parser.add_argument("--runs", type=int, default=OLD_RUNS)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with running_system() as system:
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        as_owner = importlib.import_module("bench.quiet").as_owner
        tenants, drains = importlib.import_module("bench.tenant"), importlib.import_module("bench.drain")
        importlib.import_module("tenants.provisioning").migrate()
        tenant = tenants.make_tenant("bench")
        tenants.set_up(tenant, NAME, [tenants.log_step("s0")])
        with as_owner(system) as owner:
            print(f"{arguments.runs:,} runs loaded in {load(owner, tenant.schema, arguments.runs):.0f} s", flush=True)
            for name in ("web", "relay", *system.workers):
                system.start(name)
            system.wait_until_ready()

            def rate(days: str) -> tuple[float, float]:
                """Drained runs a second, and removed old runs a second at the same time."""
                scheduler(system, days)
                if days == KEPT_DAYS:
                    await_sweeping(owner, tenant.schema)
                before, began = left(owner, tenant.schema), time.monotonic()
                drained = drains.drain(system, tenant, NAME, arguments.events, drains.Rows.of_steps(1))
                gone = (before - left(owner, tenant.schema)) / (time.monotonic() - began)
                return drained.runs_per_s, gone

            rate("forever")
            check_load(owner, tenant.schema)
            ratios, gones = [], []
            for number in range(1, arguments.rounds + 1):
                # The second measurement of a pair has warmer caches, so each goes first in turn.
                if number % 2:
                    without, _ = rate("forever")
                    with_it, gone = rate(KEPT_DAYS)
                else:
                    with_it, gone = rate(KEPT_DAYS)
                    without, _ = rate("forever")
                ratios.append(with_it / without)
                gones.append(gone)
                print(
                    f"round {number}: {without:.0f} runs/s without, {with_it:.0f} with the sweeper ({with_it / without:.2f}),"
                    f" which removed {gone:.0f} old runs/s",
                    flush=True,
                )
            met = "met" if median(ratios) >= TARGET else "MISSED"
            print(
                f"\nratio {median(ratios):.2f} (median of {arguments.rounds}; target {TARGET}: {met}), {median(gones):.0f} old runs/s removed"
            )
            for table, live, dead, size in sorted(owner.execute(DEAD, [tenant.schema]).fetchall()):
                if table in TABLES:
                    print(
                        f"{table:16} {live:>10,} live {dead:>8,} dead {(live + dead) / max(live, 1):.2f} times {size / 1e6:>8,.0f} MB"
                    )


if __name__ == "__main__":
    main()
