"""Replaces the command ``migrate_schemas`` of django-tenants in the same way as ``migrate``."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
