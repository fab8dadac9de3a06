"""Database work for sockets, in a few threads that tenants share. Each step returns its connection to the pool."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import connection

from automate.serving.desks import load
from automate.serving.fair_threads import FairThreads

T = TypeVar("T")
PLACES = 4_096
"""Queued steps of all lanes. A tenant's share is more than its streams can fill."""
_threads = FairThreads(settings.WEB_SOCKET_THREADS, PLACES, "graphql-socket", load)


async def in_thread(lane: str, step: Callable[[], T]) -> T:
    """Run one step outside the event loop, with the caller's ContextVars, in its lane (see ``tenants.lanes``).

    Raises NormalizedError RATE_LIMITED if the lane's queue is full, UNAVAILABLE if the whole queue is full.
    """
    context = contextvars.copy_context()

    def run() -> T:
        try:
            return step()
        finally:
            # Returns the connection to the pool. Without a pool the thread keeps it, but threads are few for any number of streams.
            connection.close_if_unusable_or_obsolete()

    return await asyncio.wrap_future(_threads.submit(lane, partial(context.run, run)))
