"""What a migration of a test is made of."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from automate.kernel.ids import new_id
from automate.kernel.models import check

__all__ = ["OwnSchema", "Unknown", "check", "new_id", "tell"]


def tell(_apps: Any, editor: Any) -> None:
    editor.execute("CREATE TABLE told (times int)")


class Unknown(migrations.RunSQL):
    """An operation of somebody's own."""


class OwnSchema(models.Func):
    """An expression whose SQL names the schema that it is made for."""

    def __init__(self) -> None:
        super().__init__(output_field=models.CharField())

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> Any:  # type: ignore[override]
        return f"'{connection.schema_name}'", ()
