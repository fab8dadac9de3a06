"""Starts the processes. A command imports only what its process needs."""

from __future__ import annotations

import importlib
import os


def become(process: str, *, needs_redis: str = "") -> None:
    importlib.import_module("automate.cli.becoming").become(process, needs_redis=needs_redis)


def make_django_ready() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    importlib.import_module("django").setup()


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
    """Prepare schemas for new tenants, and remove old data. Uses the database role that owns the tables."""
    become("scheduler")
    make_django_ready()
    from actors import scheduler as process  # noqa: PLC0415 - with Django ready

    process.run()
