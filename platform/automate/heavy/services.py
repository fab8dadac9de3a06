"""Heavy computations: in a child if this process has them, else in the caller."""

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
from automate.kernel.metrics import HEAVY_SECONDS
from automate.kernel.storable import json_bytes
from automate.kernel.tenancy import scope_or_none
from automate.kernel.transactions import is_shared

T = TypeVar("T")

BOUNDS = TaskLimits()
INLINE_BYTES = 4096
"""Smaller input is computed directly: docs/decisions/heavy-work-in-children.md has the figures."""


def compute(function: Callable[..., T], *arguments: Any) -> T:
    """Compute ``function(*arguments)``, in a child if possible. The arguments are plain data. Raises NormalizedError as
    ``ChildPool.run`` does.
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
    """Compute as ``compute`` does, but directly for small input, for which a child costs more than the work. size: bytes of
    JSON.
    """
    return function(*arguments) if size <= INLINE_BYTES else compute(function, *arguments)


def size_of(value: Json) -> int:
    """The size of the value as JSON. 0 in a process without children, which needs no size."""
    return len(json_bytes(value)) if has_children() else 0


def has_children() -> bool:
    """Whether heavy work runs in children: only web sets ``HEAVY_PROCESSES``."""
    return bool(getattr(settings, "HEAVY_PROCESSES", 0))


@lru_cache(maxsize=1)
def pool() -> ChildPool:
    """The pool of this process. Its first task starts the children."""
    return ChildPool(settings.HEAVY_PROCESSES, settings.HEAVY_PRELOAD)
