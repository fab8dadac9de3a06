"""One command per process. Each imports what its process needs: its memory is that of its imports."""

from __future__ import annotations

import importlib
import os
from typing import Any


def become(process: str, *, needs_redis: str = "") -> None:
    """As ``becoming.become``, whose imports take longer than all else of a command that only shows its options."""
    importlib.import_module("automate.cli.becoming").become(process, needs_redis=needs_redis)


def call(target: str, *arguments: Any) -> Any:
    """Call ``module:function`` with Django ready. Other packages are named by string: imports point one way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    importlib.import_module("django").setup()
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
