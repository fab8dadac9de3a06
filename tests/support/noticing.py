"""How soon an open socket or stream notices the end of its token or session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def seconds_until(ended: Awaitable[Any], end: Callable[[], None]) -> tuple[float, Any]:
    """How long after the commit of the end the other side has noticed, and what it saw."""
    waiting = asyncio.ensure_future(ended)
    await asyncio.sleep(0)
    await asyncio.to_thread(end)
    began = time.monotonic()
    seen = await waiting
    return time.monotonic() - began, seen
