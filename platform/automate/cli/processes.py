"""One command for each process. Each imports only the modules of its process, to save memory."""

from __future__ import annotations

import importlib
import os
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured

from automate.project.environment import choose_login, forget_secrets
from automate.project.logs import log_to_stderr


def become(process: str, *, needs_redis: str = "") -> None:
    """Name the process in PostgreSQL and in its logs, use its own database login, and drop the workers' private keys.

    needs_redis: the reason why it needs Redis. Raises ImproperlyConfigured if it needs Redis and REDIS_URL is not
    set.
    """
    if needs_redis and not os.environ.get("REDIS_URL"):
        raise ImproperlyConfigured(f"REDIS_URL must be set: {needs_redis} through Redis 6 or newer, or Valkey")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_PROCESS", process)
    choose_login(process)
    forget_secrets(process)
    log_to_stderr(process)


def call(target: str, *arguments: Any) -> Any:
    """Set up Django and call ``module:function``.

    The function is named by a string, because lower layers must not import it.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)(*arguments)


def relay() -> None:
    """Send due jobs to the broker."""
    become("relay", needs_redis="the relay sends jobs to the workers")
    call("actors.relay.main:run")


def worker() -> None:
    """Claim and process the jobs that the relay sent."""
    become("worker", needs_redis="workers receive their jobs")
    call("actors.worker:run")


def scheduler() -> None:
    """Maintenance and provisioning, as the role that owns the tables."""
    become("scheduler")
    call("actors.scheduler:run")
