"""Executes computations that take a long time. A child process executes them if the settings allow child processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

from django.conf import settings

from automate.heavy.bounds import TaskLimits
from automate.heavy.pool import ChildPool
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue
from automate.kernel.metrics import HEAVY_SECONDS
from automate.kernel.tenancy import scope_or_none
from automate.kernel.transactions import is_shared

T = TypeVar("T")

BOUNDS = TaskLimits()
INLINE_BYTES = 4096
"""Smaller input is computed directly: docs/decisions/heavy-work-in-children.md has the figures."""


def compute(function: Callable[..., T], *arguments: object) -> T:
    """Return the result of ``function(*arguments)``. If possible, a child process computes it.

    Raises the errors that ``ChildPool.run`` raises.
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


def compute_sized(size: int, function: Callable[..., T], *arguments: object) -> T:
    """Return the result of ``function(*arguments)``. A child process computes it only if the input is large.

    ``size`` is the length of the input as JSON, in bytes.
    """
    return function(*arguments) if size <= INLINE_BYTES else compute(function, *arguments)


def size_of(value: JsonValue) -> int:
    """Return the number of bytes of a value's JSON text. ``compute_sized`` needs this size.

    Without child processes, the size is not needed. Then the result is 0.
    """
    return len(json_bytes(value)) if has_children() else 0


def has_children() -> bool:
    """Return whether computations run in child processes."""
    return bool(getattr(settings, "HEAVY_PROCESSES", 0))


@lru_cache(maxsize=1)
def pool() -> ChildPool:
    """Return the pool of child processes that this process uses."""
    return ChildPool(settings.HEAVY_PROCESSES, settings.HEAVY_PRELOAD)
