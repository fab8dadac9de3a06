"""Runs the database work of sockets in a few threads, which tenants share fairly."""

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
"""The maximum number of queued pieces of work. The streams of one tenant cannot fill the tenant's share."""
_threads = FairThreads(settings.WEB_SOCKET_THREADS, PLACES, "graphql-socket", load)


async def in_thread(lane: str, step: Callable[[], T]) -> T:
    """Run the function ``step`` in a thread.

    Raises RATE_LIMITED if the lane has used up its share of the queue. Raises UNAVAILABLE if the whole queue is full.
    """
    context = contextvars.copy_context()

    def run() -> T:
        try:
            return step()
        finally:
            # Returns the connection to the pool. Without a pool the thread keeps it, but threads are few for any number of streams.
            connection.close_if_unusable_or_obsolete()

    return await asyncio.wrap_future(_threads.submit(lane, partial(context.run, run)))
