"""Create an index on a table with millions of rows while the application reads and writes the table."""

from __future__ import annotations

from django.apps.registry import Apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Index


class AddIndexWithoutLock(AddIndexConcurrently):
    """``CREATE INDEX CONCURRENTLY``, for a migration with ``atomic = False``.

    If an earlier build was interrupted, its invalid index is dropped first. In a new schema the tables have no rows,
    so ``tenants.upgrades`` creates these indexes together with the tables, in one transaction.
    """

    index: Index

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        apps: Apps = to_state.apps
        if self.allow_migrate_model(schema_editor.connection.alias, apps.get_model(app_label, self.model_name)):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
