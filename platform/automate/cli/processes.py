"""One command for each process. Each imports only the modules of its process, to save memory."""

from __future__ import annotations

import os

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


def make_django_ready() -> None:
    """Set Django up. Modules with models can be imported afterwards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()


def relay() -> None:
    """Send due jobs to the broker."""
    become("relay", needs_redis="the relay sends jobs to the workers")
    make_django_ready()
    from actors.relay import main  # noqa: PLC0415 - with Django ready

    main.run()


def worker() -> None:
    """Claim and process the jobs that the relay sent."""
    become("worker", needs_redis="workers are sent their jobs")
    make_django_ready()
    from actors import worker as process  # noqa: PLC0415 - with Django ready

    process.run()


def scheduler() -> None:
    """Maintenance and provisioning, as the role that owns the tables."""
    become("scheduler")
    make_django_ready()
    from actors import scheduler as process  # noqa: PLC0415 - with Django ready

    process.run()
