"""One command per process. Each imports what its process needs: its memory is that of its imports."""

from __future__ import annotations

import importlib
import os
from typing import Any

import django
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


def call(target: str, *arguments: Any) -> Any:
    """Call ``module:function`` with Django ready. Other packages are named by string: imports point one way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)(*arguments)


def relay() -> None:
    """Dispatch due jobs to the broker."""
    become("relay", needs_redis="the relay sends jobs to the workers")
    call("actors.relay.main:run")


def worker() -> None:
    """Claim and do the jobs that the relay dispatched."""
    become("worker", needs_redis="workers are sent their jobs")
    call("actors.worker:run")


def scheduler() -> None:
    """Maintenance and provisioning, as the role that owns the tables."""
    become("scheduler")
    call("actors.scheduler:run")
