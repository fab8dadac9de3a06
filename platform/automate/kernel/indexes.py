"""Creates an index on a large table while the application uses the table."""

from __future__ import annotations

from django.apps.registry import Apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Index


class AddIndexWithoutLock(AddIndexConcurrently):
    """``CREATE INDEX CONCURRENTLY``, for a migration with ``atomic = False``. Drops an invalid index first."""

    index: Index

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        apps: Apps = to_state.apps
        if self.allow_migrate_model(schema_editor.connection.alias, apps.get_model(app_label, self.model_name)):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
