"""Database work for sockets: in a few threads, each step with a connection that it gives back."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import connection

from automate.project.watch import Hands, watch

T = TypeVar("T")
THREADS = 8
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="graphql-socket")
_hands = Hands(THREADS)
watch.follow("socket steps", settings.OVERDUE_SECONDS, _hands.moved)


async def in_thread(step: Callable[[], T]) -> T:
    """Run one step off the event loop, with the caller's ContextVars."""
    context = contextvars.copy_context()

    def run() -> T:
        with _hands.at_work():
            try:
                return step()
            finally:
                # Back to the pool; without one, the thread keeps it, and threads are few however many streams there are.
                connection.close_if_unusable_or_obsolete()

    return await asyncio.get_running_loop().run_in_executor(_pool, lambda: context.run(run))
