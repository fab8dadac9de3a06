"""Parts that all models share."""

from __future__ import annotations

import django
from django.db import models

from automate.kernel.ids import new_id


class Row(models.Model):
    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="The row's UUIDv7, which rises with time."
    )

    class Meta:
        abstract = True


class RevisedRow(Row):
    """A row that people save. Each save increases the row's revision by one; see ``kernel.revisions``."""

    revision = models.IntegerField(
        default=1,
        help_text="A number that rises by one with each save. Pass it as `expectedRevision` to have your save "
        "refused if there was another one meanwhile.",
    )
    created_at = models.DateTimeField(help_text="The time of creation.")
    updated_at = models.DateTimeField(help_text="The time of the last change.")

    class Meta:
        abstract = True


def check(name: str, condition: models.Q) -> models.CheckConstraint:
    """Create a CHECK constraint. This function works with each supported version of Django."""
    if django.VERSION >= (5, 1):
        return models.CheckConstraint(name=name, condition=condition)
    return models.CheckConstraint(name=name, check=condition)  # type: ignore[call-arg] # the stubs know only new versions


def computed(sql: str, *columns: str) -> models.Func:
    """Return an expression for querysets that computes ``sql`` from columns of the row."""
    template = f"(SELECT {sql} FROM (VALUES (%(expressions)s)) AS own ({', '.join(columns)}))"
    return models.Func(*columns, template=template, output_field=models.TextField())


def whether(**condition: bool) -> models.ExpressionWrapper[models.Q]:
    """Return an expression for querysets that is true for rows that fulfil a condition."""
    return models.ExpressionWrapper(models.Q(**condition), models.BooleanField())


def text_beside(column: str) -> models.TextField[str | None, str | None]:
    """Return a field that stores the original text of a JSON field. The text is null in rows of an earlier release."""
    return models.TextField(
        null=True,
        help_text=f"The JSON text of `{column}` as it was written, with its keys in their order. Null: not known.",
    )
