"""A process takes its name, its logs and its login. A module of its own: the list of a command's options needs none of this."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from automate.project.environment import choose_login, forget_secrets
from automate.project.logs import log_to_stderr


def become(process: str, *, needs_redis: str = "") -> None:
    """Name the process, in PostgreSQL and in its logs, take its own database login, and drop what only workers may hold.

    needs_redis: what for. Raises ImproperlyConfigured where it does and REDIS_URL is not set.
    """
    if needs_redis and not os.environ.get("REDIS_URL"):
        raise ImproperlyConfigured(f"REDIS_URL must be set: {needs_redis} through Redis 6 or newer, or Valkey")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_PROCESS", process)
    choose_login(process)
    forget_secrets(process)
    log_to_stderr(process)
