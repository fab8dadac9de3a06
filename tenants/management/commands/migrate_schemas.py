"""Replaces the command ``migrate_schemas`` of django-tenants. Always raises an error, like the command ``migrate``."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
