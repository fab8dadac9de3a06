"""In the place of django-tenants', as ``migrate``."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
