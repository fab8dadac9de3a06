"""Replaces django-tenants' command, as ``migrate`` does."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
