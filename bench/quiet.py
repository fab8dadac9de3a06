"""An idle system, measured after the remains of earlier loads were cleaned up."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg
from psycopg import sql

from automate.devserver.database_urls import with_parts
from bench.system import System
from tenants.provisioning import spare_schema_count, wanted_spare_schemas

GIVE_UP_SECONDS = 60.0
LOOK_SECONDS = 0.1

LEFT_BEHIND = """
SELECT schemaname, relname FROM pg_stat_all_tables WHERE schemaname <> 'pg_toast' AND n_dead_tup + n_mod_since_analyze > 0
"""
VACUUMS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"


@dataclass(frozen=True)
class Spent:
    """The cost of an idle system."""

    share: dict[str, float]
    """Percent of one core by kind of process; PostgreSQL and Valkey under ``servers``."""
    vacuums: float
    """The percentage of checks at which an autovacuum was running."""

    @property
    def whole(self) -> float:
        return sum(self.share.values())


def tidy(system: System) -> None:
    """Prepare an idle system. Raises AssertionError if spare schemas are still missing.

    Waits for the spare schemas. Runs the vacuum that autovacuum would run later, and the next checkpoint, which
    writes each file of each new schema for minutes.
    """
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while spare_schema_count() < wanted_spare_schemas():
        assert time.monotonic() < deadline, "the spare schemas were not created in time"
        time.sleep(LOOK_SECONDS)
    with as_owner(system) as owner:
        for schema, table in owner.execute(LEFT_BEHIND).fetchall():
            owner.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(schema, table)))
        owner.execute("CHECKPOINT")


def watch(system: System, seconds: float) -> Spent:
    with as_owner(system) as owner:
        looks = []
        before, started = system.cpu_seconds(), time.perf_counter()
        while time.perf_counter() < started + seconds:
            looks.append(owner.execute(VACUUMS).fetchall()[0][0] > 0)
            time.sleep(LOOK_SECONDS)
        after, took = system.cpu_seconds(), time.perf_counter() - started
    return Spent(
        {kind: 100 * (after[kind] - before[kind]) / took for kind in after}, vacuums=100 * sum(looks) / len(looks)
    )


def as_owner(system: System) -> psycopg.Connection:
    """A session of the superuser in the product's database."""
    return psycopg.connect(with_parts(system.superuser_url, database="automate"), autocommit=True)
