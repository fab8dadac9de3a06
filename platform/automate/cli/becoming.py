"""Sets up a process: its name, its logs and its database login."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from automate.project.environment import choose_login, forget_secrets
from automate.project.logs import log_to_stderr


def become(process: str, *, needs_redis: str = "") -> None:
    """Set the name of this process, choose its database login, and remove the secrets that the process does not need.

    Raises ImproperlyConfigured if the process needs Redis and REDIS_URL is not set.
    """
    if needs_redis and not os.environ.get("REDIS_URL"):
        raise ImproperlyConfigured(f"REDIS_URL must be set: {needs_redis} through Redis 6 or newer, or Valkey")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_PROCESS", process)
    choose_login(process)
    forget_secrets(process)
    log_to_stderr(process)
