"""The type of the rows that a page of Django admin shows."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.db.models import Model, QuerySet

AdminRow: TypeAlias = Any
"""A row of a page of the admin. Django's admin types a page by its model; our pages share code for all models, and add
attributes such as ``tenant_slug`` to rows.
"""
AdminOption: TypeAlias = Any
"""An option, argument or result of Django's admin. Django 4.2 to 6 and django-stubs have different types for them."""
Rows: TypeAlias = QuerySet[Model]
