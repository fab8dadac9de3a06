"""The type of the rows of a page."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.db.models import QuerySet

Rows: TypeAlias = QuerySet[Any]
"""Any, because Django's admin is typed by its model, and these pages are for any model."""
