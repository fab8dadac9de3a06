"""Run long computations: in a child process where the settings allow children, otherwise in the caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings

from automate.heavy.bounds import TaskLimits
from automate.heavy.pool import ChildPool
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.metrics import HEAVY_SECONDS
from automate.kernel.tenancy import scope_or_none
from automate.kernel.transactions import is_shared

T = TypeVar("T")

BOUNDS = TaskLimits()
INLINE_BYTES = 4096
"""Smaller input is computed directly: docs/decisions/heavy-work-in-children.md has the figures."""


def compute(function: Callable[..., T], *arguments: Any) -> T:
    """Compute ``function(*arguments)``, in a child process if possible.

    The arguments are plain data. Raises the errors of ``ChildPool.run``.
    """
    # In a shared commit, such as a configuration's, other requests wait for our locks, so the computation must not
    # queue.
    if not has_children() or is_shared():
        return function(*arguments)
    scope = scope_or_none()
    tenant = scope.tenant.id if scope is not None and scope.tenant is not None else None
    with _timed():
        return pool().run(tenant, BOUNDS, function, *arguments)


@contextmanager
def _timed() -> Iterator[None]:
    began, outcome = time.monotonic(), "fault"
    try:
        yield
        outcome = "ok"
    except NormalizedError as error:
        outcome = error.code
        raise
    finally:
        HEAVY_SECONDS.labels(outcome).observe(time.monotonic() - began)


def compute_sized(size: int, function: Callable[..., T], *arguments: Any) -> T:
    """Compute as ``compute`` does, but run a small computation in the caller, because a child would cost more.

    size: the size of the input as JSON, in bytes.
    """
    return function(*arguments) if size <= INLINE_BYTES else compute(function, *arguments)


def size_of(value: Json) -> int:
    """The size of the value as JSON, in bytes. 0 in a process without children, where the size is not needed."""
    return len(json_bytes(value)) if has_children() else 0


def has_children() -> bool:
    """Whether computations run in child processes. Only web sets ``HEAVY_PROCESSES``."""
    return bool(getattr(settings, "HEAVY_PROCESSES", 0))


@lru_cache(maxsize=1)
def pool() -> ChildPool:
    """The child processes of this process. They are started by the first computation."""
    return ChildPool(settings.HEAVY_PROCESSES, settings.HEAVY_PRELOAD)
