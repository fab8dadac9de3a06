"""Upgrades schemas to this release.

Schemas with the same applied migrations form a group. Django's executor upgrades the first schema of a group. The
statements of this upgrade are recorded. Each other schema of the group executes the recorded statements in one transaction.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import structlog
from django.db import DatabaseError, ProgrammingError, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AddField, AlterField, Migration, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from automate.kernel.indexes import AddIndexWithoutLock
from automate.kernel.outages import lost_a_race
from automate.kernel.tenancy import administering

log = structlog.get_logger(__name__)

Applied = frozenset[tuple[str, str]]
"""The applied migrations of a schema, as app and name."""

NEW: Applied = frozenset()

DJANGOS_OPERATIONS = "django.db.migrations.operations."
MIGRATIONS_OF = "SELECT app, name FROM django_migrations ORDER BY id"
CONCURRENTLY = re.compile(r"(?:CREATE (?:UNIQUE )?|DROP )INDEX CONCURRENTLY ")
DROPS_CONCURRENTLY = re.compile("DROP INDEX CONCURRENTLY ")
APPLIED = "apply_success"
"""The event of Django's executor when a migration is recorded."""
RECORD = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())"
LOCK_SECONDS = 1
"""How long a transaction of a migration waits for a lock. All other sessions that use the table wait behind it."""
BOUND_LOCKS = f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"


class Upgrades:
    """Upgrades schemas of tenants to this release. ``connect`` returns the connection of the current thread."""

    def __init__(self, connect: Callable[[], BaseDatabaseWrapper]) -> None:
        self._connect = connect
        # None: only the executor can upgrade this state.
        self._kept: dict[Applied, tuple[str, ...] | None] = {}

    def bring_up(
        self,
        schema: str,
        *,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        new: bool = False,
    ) -> bool:
        """Upgrade one tenant's schema.

        Django's executor upgrades the first schema of a group. Its SQL statements are recorded for the other schemas.
        Returns True if this method executed the recorded statements. Returns False if Django's executor upgraded the schema.

        Raises DatabaseError if a statement fails, or if another session holds a lock for longer than LOCK_SECONDS.
        """
        # No other session uses the tables of a new schema.
        first = [] if new else [BOUND_LOCKS]
        with administering(schema):
            applied = NEW if new else self._applied()
            kept = self._kept.get(applied)
            if kept is not None and self._replay([*before, *kept, *after], first):
                return True
            self._run(before, first)
            self._execute(schema, applied)
            self._run(after, first)
        return False

    def _applied(self) -> Applied:
        try:
            return frozenset(self._rows())
        except ProgrammingError:
            # The schema has no table of migrations yet.
            return NEW

    def _rows(self) -> list[tuple[str, str]]:
        with self._connect().cursor() as cursor:
            cursor.execute(MIGRATIONS_OF)
            return [(app, name) for app, name in cursor.fetchall()]

    def _run(self, statements: Sequence[str], first: Sequence[str] = ()) -> None:
        # `first` begins each transaction.
        for alone, group in groupby(statements, key=lambda statement: bool(CONCURRENTLY.match(statement))):
            if alone:
                for statement in group:
                    with self._connect().cursor() as cursor:
                        cursor.execute(statement, None)
            else:
                with transaction.atomic(using=self._connect().alias), self._connect().cursor() as cursor:
                    # On a line of its own: the statement may end with a comment.
                    cursor.execute("\n;\n".join([*first, *group]), None)

    def _replay(self, statements: Sequence[str], first: Sequence[str]) -> bool:
        try:
            self._run(statements, first)
        except DatabaseError as error:
            if lost_a_race(error) or not self._connect().is_usable():
                raise
            # The schema differs from the recorded one. The executor may succeed, or its error is the useful one.
            log.warning("a replay of migrations was refused; the executor continues", error=str(error).strip())
            return False
        return True

    def _execute(self, schema: str, applied: Applied) -> None:
        connection = self._connect()
        said: list[str] = []

        def record(state: str, migration: Migration | None = None, _fake: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's
            if state == APPLIED and migration is not None:
                said.append(_text(connection, RECORD, (migration.app_label, migration.name)))

        migrations = run_executor(connection, record, said)
        alike = applied <= set(self._rows()) and _is_alike(migrations, connection, applied)
        if applied == NEW:
            said = _at_once(said)
        self._kept[applied] = tuple(said) if alike and not _names(schema, said) else None


def run_executor(
    connection: BaseDatabaseWrapper, report: Callable[..., None] | None = None, said: list[str] | None = None
) -> list[Migration]:
    # Returns the applied migrations, and adds their statements to `said`. `report`: Django's `progress_callback`. Raises DatabaseError.
    executor = MigrationExecutor(connection, report)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    if plan:
        with _kept_in([] if said is None else said, connection):
            executor.migrate(targets, plan)
    return [migration for migration, _backwards in plan]


@contextmanager
def _kept_in(said: list[str], connection: BaseDatabaseWrapper) -> Iterator[None]:
    # Queries are not recorded.
    def keep(execute: Callable[..., object], sql: str, parameters: object, many: bool, context: object) -> object:  # noqa: FBT001 - Django's
        said.append(_text(connection, sql, parameters))
        return execute(sql, parameters, many, context)

    class Keeping(connection.SchemaEditorClass):  # type: ignore[misc, name-defined] # the base class is the backend's, which Django chooses while it runs
        def __enter__(self) -> object:
            # A migration without a transaction builds indexes. It waits for other sessions, but they do not wait for it.
            entered = super().__enter__()
            if self.atomic_migration:
                with connection.cursor() as cursor:
                    cursor.execute(BOUND_LOCKS)
            return entered

        def execute(self, *args: object, **kwargs: object) -> object:
            with connection.execute_wrapper(keep):
                return super().execute(*args, **kwargs)

    connection.SchemaEditorClass = Keeping
    try:
        yield
    finally:
        del connection.SchemaEditorClass


def _text(connection: BaseDatabaseWrapper, sql: str, parameters: object) -> str:
    if parameters is None:
        return sql
    text: str = connection.ops.compose_sql(sql, parameters)  # type: ignore[attr-defined] # django-stubs knows no operations of PostgreSQL
    return text


def _is_alike(migrations: Sequence[Migration], connection: BaseDatabaseWrapper, applied: Applied) -> bool:
    # The same statements in all schemas with the same applied migrations.
    here = [migration for migration in migrations if router.allow_migrate(connection.alias, migration.app_label)]
    return all(
        (migration.atomic or all(isinstance(operation, AddIndexWithoutLock) for operation in migration.operations))
        and all(_is_statement(operation, rows=applied != NEW) for operation in migration.operations)
        for migration in here
    )


def _at_once(statements: Sequence[str]) -> list[str]:
    # For empty tables, so that all of them can run in one transaction.
    kept = (found for found in statements if not DROPS_CONCURRENTLY.match(found))
    return [CONCURRENTLY.sub(lambda found: found[0].removesuffix("CONCURRENTLY "), statement) for statement in kept]


def _is_statement(operation: Operation, *, rows: bool) -> bool:
    # `rows`: whether the tables may have rows.
    if isinstance(operation, AddIndexWithoutLock):
        return True
    if not type(operation).__module__.startswith(DJANGOS_OPERATIONS):
        return False
    if isinstance(operation, SeparateDatabaseAndState):
        return all(_is_statement(inner, rows=rows) for inner in operation.database_operations)
    if rows and isinstance(operation, AddField | AlterField):
        # Existing rows get a default, which Python may compute differently for each schema.
        field = operation.field
        moving = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        return not moving and not (field.has_default() and callable(field.default))
    return operation.reduces_to_sql


def _names(schema: str, statements: Sequence[str]) -> bool:
    # Such statements cannot run in another schema.
    digits = schema.removeprefix("t_")
    text = "\n".join(statements).lower()
    return digits in text or str(uuid.UUID(digits)) in text
