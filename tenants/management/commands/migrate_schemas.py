"""Replaces the command ``migrate_schemas`` of django-tenants. The replacement only raises an error, like ``migrate``."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
