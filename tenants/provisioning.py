"""Creates and upgrades schemas and database roles. Connects with the role that owns the tables."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.outages import lost_a_race
from automate.kernel.roles import GROUP_ATTRIBUTES, TENANT_GROUP_ROLE, group_statements
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering, schema_of
from tenants.claims import DEMAND_STANDS_SECONDS, WANTED_SPARES
from tenants.grants import public_grants
from tenants.placement import check_placement
from tenants.release_queries import SchemaRelease
from tenants.routers import ADMIN
from tenants.seeds import seed_statements
from tenants.upgrades import Upgrades, run_executor

log = structlog.get_logger(__name__)

MIGRATION_LOCK = 0x6175746F
"""Key of an advisory lock. Only one process migrates a schema at a time."""
LOCK_POLL_SECONDS = 0.2
LOCK_TRIES = 60
"""The number of attempts to change a schema while another session holds a lock on one of its tables."""
LOCK_PAUSE_SECONDS = 2.0
"""The pause between these attempts. During the pause, the application uses the table."""


def _connection() -> BaseDatabaseWrapper:
    if ADMIN not in settings.DATABASES:
        raise ImproperlyConfigured(
            "set AUTOMATE_ADMIN_DATABASE_URL for this process: migrations and provisioning need the role that owns the tables"
        )
    return connections[ADMIN]


UPGRADES = Upgrades(_connection)
"""The statements that this process has recorded to bring schemas up to its release."""


@contextmanager
def _migration_lock() -> Iterator[None]:
    # In a session of its own: the session that migrates is replaced after some hundred schemas.
    keeper = _connection().copy()
    try:
        with administering(PUBLIC_SCHEMA), keeper.cursor() as cursor:
            # Without waiting in a statement: a waiting statement would hold a snapshot, and building an index
            # CONCURRENTLY waits for snapshots.
            while not _taken(cursor):
                time.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        keeper.close()


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])
    return bool(cursor.fetchone()[0])


def _patiently(change: Callable[[], object], is_over: Callable[[], bool] = lambda: False) -> None:
    # Raises the DatabaseError of the last attempt.
    for left in reversed(range(LOCK_TRIES)):
        try:
            change()
        except DatabaseError as error:
            if not left or is_over() or not lost_a_race(error):
                raise
            log.warning("a table is locked by another session; the migration tries again", error=str(error).strip())
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def _migrate_public() -> None:
    with administering(PUBLIC_SCHEMA):
        _run([*group_statements(), f"GRANT {', '.join(GROUP_ATTRIBUTES)} TO CURRENT_USER"])
        run_executor(_connection())
        _run(public_grants())


def _run(statements: Sequence[str]) -> None:
    with transaction.atomic(using=ADMIN), _connection().cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _unseen(_done: int, _total: int) -> None:
    """Report nothing."""


def migrate(report: Callable[[int, int], None] = _unseen, sessions: int = 1) -> int:
    """Upgrade all schemas to this release, and return the number of schemas.

    Raises ImproperlyConfigured if the settings do not allow an upgrade. In this case, no schema is changed. Raises
    INTERNAL for the first schema that PostgreSQL refuses to change.
    """
    check_placement()
    with _migration_lock():
        _patiently(_migrate_public)
        release, schemas = SchemaRelease(), _schemas()
        reached = release.reached_by(_connection(), [schema for schema, _ in schemas])
        behind = [(schema, slug) for schema, slug in schemas if schema not in reached]
        work = _UpgradeQueue(release, behind, report, done=len(reached) + 1)
        # The first schema runs alone, and its answers are reused for the others.
        work.change_next()
        work.change_all(sessions)
    return work.total


class _UpgradeQueue:
    # `done`: the number of schemas that are already up to date.
    def __init__(
        self,
        release: SchemaRelease,
        behind: Sequence[tuple[str, str | None]],
        report: Callable[[int, int], None],
        *,
        done: int,
    ) -> None:
        self._release, self._report, self._done = release, report, done
        self._behind = deque(behind)
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self.total = done + len(behind)
        report(done, self.total)

    def change_all(self, sessions: int) -> None:
        # Raises the first failure after all threads have ended.
        threads = [threading.Thread(target=self._change, name=f"migrate-{n}") for n in range(1, sessions)]
        for thread in threads:
            thread.start()
        try:
            while self.change_next():
                pass
        except BaseException as error:  # noqa: BLE001 - raised once the other threads have ended
            self._fail(error)
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def change_next(self) -> bool:
        # False if none is left, or if an upgrade has failed.
        with self._lock:
            if not self._behind or self._failure is not None:
                return False
            schema, slug = self._behind.popleft()
        with _reported(schema, slug, self._done, self.total):
            change = partial(UPGRADES.bring_up, schema, after=self._release.after(schema))
            _patiently(change, lambda: self._failure is not None)
        with self._lock:
            self._done += 1
            self._report(self._done, self.total)
        return True

    def _change(self) -> None:
        try:
            while self.change_next():
                pass
        except BaseException as error:  # noqa: BLE001 - raised by change_all
            self._fail(error)
        finally:
            _connection().close()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._failure = self._failure or error


@dataclass(frozen=True)
class SchemaStatus:
    """The upgrade status of one schema."""

    schema: str
    slug: str | None
    """None for a prepared schema and for the public schema."""
    missing: int
    """The number of migrations that the schema lacks."""
    ready: bool


def public_status() -> SchemaStatus:
    """Return the upgrade status of the public schema."""
    missing = SchemaRelease().missing_in(_connection(), [PUBLIC_SCHEMA])[PUBLIC_SCHEMA]
    return SchemaStatus(PUBLIC_SCHEMA, None, missing, not missing)


def status() -> list[SchemaStatus]:
    """Return the upgrade status of each tenant's schema and of each prepared schema."""
    release, schemas = SchemaRelease(), _schemas()
    names = [schema for schema, _ in schemas]
    # In this order: a schema that is migrated meanwhile is at this release, and does not appear to lack rights alone.
    missing, reached = release.missing_in(_connection(), names), release.reached_by(_connection(), names)
    return [SchemaStatus(schema, slug, missing[schema], schema in reached) for schema, slug in schemas]


@contextmanager
def _reported(schema: str, slug: str | None, done: int, total: int) -> Iterator[None]:
    whose = f"of the tenant {slug}" if slug else "that waits for a tenant"
    locked = (
        "Another session, such as `pg_dump`, holds a lock on one of its tables. Wait until this session has ended.\n"
    )
    complete = False
    try:
        yield
        complete = True
    except DatabaseError as error:
        raise NormalizedError(
            "INTERNAL",
            f"The schema {schema} {whose} could not be migrated: {str(error).strip()}\n"
            f"{locked if lost_a_race(error) else ''}"
            f"{done:,} of {total:,} schemas are done. Fix the cause, then run `automate migrate` again. It continues with this schema.",
        ) from error
    finally:
        if not complete:
            log.error("migrations stopped", schema=schema, tenant=slug, done=done, total=total)


def _schemas() -> list[tuple[str, str | None]]:
    # Schemas of tenants with their slugs, and prepared schemas with None. A database without tables has none.
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute("SELECT num_nulls(to_regclass('public.tenant'), to_regclass('public.spare_schema')) = 0")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            "SELECT schema_name, slug FROM tenant"
            " UNION ALL SELECT 't_' || replace(tenant_id::text, '-', ''), NULL FROM spare_schema ORDER BY 1"
        )
        return [(schema, slug) for schema, slug in cursor.fetchall()]


def create_spare_schema() -> uuid.UUID:
    # No other process can see the schema before the last statement. So no lock is needed.
    tenant_id = new_id()
    schema = schema_of(tenant_id)
    UPGRADES.bring_up(
        schema,
        new=True,
        before=[f"CREATE ROLE {schema} NOLOGIN IN ROLE {TENANT_GROUP_ROLE}", f"CREATE SCHEMA {schema}"],
        after=[
            *SchemaRelease().after(schema),
            *seed_statements(),
            f"INSERT INTO public.spare_schema (tenant_id, ready_at) VALUES ('{tenant_id}', now())",
        ],
    )
    return tenant_id


def spare_schema_count() -> int:
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM spare_schema")
        (count,) = cursor.fetchone()
    return int(count)


def wanted_spare_schemas() -> int:
    # A recent call that did not find enough schemas raises the number of the settings.
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute(WANTED_SPARES, {"standing": DEMAND_STANDS_SECONDS})
        rows = cursor.fetchall()
    return max([int(settings.SPARE_SCHEMAS), *(int(wanted) for (wanted,) in rows)])


def keep_spare_schemas() -> int:
    """Create prepared schemas until enough exist. Returns the number of created schemas."""
    made = 0
    while spare_schema_count() < wanted_spare_schemas():
        create_spare_schema()
        made += 1
    return made
