"""Replaces the command ``migrate_schemas`` of django-tenants, as ``migrate`` does."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
