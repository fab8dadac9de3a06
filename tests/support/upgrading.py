"""Schemas that no tenant will ever have, and a migration that comes later."""

from __future__ import annotations

import importlib
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from automate.kernel.ids import new_id
from automate.kernel.roles import TENANT_GROUP_ROLE
from automate.kernel.tenancy import administering, schema_of
from tenants.grants import tenant_grants
from tenants.routers import ADMIN
from tenants.seeds import seed_statements
from tenants.upgrades import Upgrades

AUDIT_MIGRATIONS = ("0001_initial", "0002_guards", "0003_commit_order", "0004_filters")


def fresh() -> Upgrades:
    """What a process that has just begun knows: nothing."""
    return Upgrades(lambda: connections[ADMIN])


def make(by: Upgrades) -> tuple[str, bool]:
    """A schema that no tenant will ever have, and whether it was made by replay."""
    schema = schema_of(new_id())
    replayed = by.bring_up(
        schema,
        new=True,
        before=[f"CREATE ROLE {schema} NOLOGIN IN ROLE {TENANT_GROUP_ROLE}", f"CREATE SCHEMA {schema}"],
        after=[*tenant_grants(schema), *seed_statements()],
    )
    return schema, replayed


def run(schema: str, statement: str) -> list[tuple[object, ...]]:
    with administering(schema), connections[ADMIN].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(name="later")
def later_migration(tmp_path, monkeypatch):
    """Gives the app of audit entries one more migration, with these operations, from now on."""
    package = f"later_{uuid.uuid4().hex}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name in AUDIT_MIGRATIONS:
        (folder / f"{name}.py").write_text(
            f"import importlib\nMigration = importlib.import_module('automate.audit.migrations.{name}').Migration\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    changed = override_settings(MIGRATION_MODULES={"audit": package})

    def add(operations: str, *, atomic: bool = True) -> None:
        text = """
            from django.db import migrations, models
            from django.db.migrations import *
            from automate.kernel.indexes import AddIndexWithoutLock
            from tests.support.operations import OwnSchema, Unknown, check, new_id, tell

            class Migration(migrations.Migration):
                dependencies = [("audit", "0004_filters")]
                atomic = ATOMIC
                operations = [
        """
        text = dedent(text).replace("ATOMIC", str(atomic)).rstrip()
        (folder / "0005_later.py").write_text(text + f"{operations}]\n")
        importlib.invalidate_caches()
        changed.enable()

    yield add
    changed.disable()
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]


@contextmanager
def noted_statements(said: list[str]) -> Iterator[None]:
    """Every statement of the owner's connection."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        said.extend(str(sql).split(";"))
        return execute(sql, params, many, context)

    with connections[ADMIN].execute_wrapper(note):
        yield


def as_applied(process: Upgrades, schema: str) -> list[tuple[str, str]]:
    with administering(schema):
        return process._rows()
