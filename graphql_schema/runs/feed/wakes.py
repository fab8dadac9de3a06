"""Wake-ups for feeds: one Redis subscription a process, whatever the number of streams. Losing one costs a poll."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis
import structlog
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from automate.runs.feed import channel

log = structlog.get_logger(__name__)

LISTENING_POLL_SECONDS = 5.0
ALONE_POLL_SECONDS = 1.0
"""How often a stream looks without a wake-up: rarely while Redis would tell, each second while it is away."""
_CONNECT_SECONDS = 2.0


class Wakes:
    """Who waits for which tenant. It listens while somebody waits."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.pubsub: PubSub | None = None
        self.task: asyncio.Task[None] | None = None
        self.listening = False

    @asynccontextmanager
    async def of(self, tenant_id: uuid.UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the tenant's run log may have grown."""
        name, event = channel(tenant_id), asyncio.Event()
        first = not self.waiting[name]
        self.waiting[name].add(event)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._listen())
        elif first:
            await self._tell("subscribe", name)
        try:
            yield event
        finally:
            self.waiting[name].discard(event)
            if not self.waiting[name]:
                del self.waiting[name]
                await self._tell("unsubscribe", name)
            if not self.waiting:
                await self._stop()

    def poll_seconds(self) -> float:
        return LISTENING_POLL_SECONDS if self.listening else ALONE_POLL_SECONDS

    async def _tell(self, command: str, name: str) -> None:
        if self.pubsub is not None:
            # Whoever misses this is woken by the poll, and the listener reconnects.
            with suppress(RedisError, OSError):
                await getattr(self.pubsub, command)(name)

    async def _stop(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            client = redis.Redis.from_url(
                settings.REDIS_URL or "redis://127.0.0.1:6379/0", socket_connect_timeout=_CONNECT_SECONDS
            )
            try:
                await self._follow(client)
            except (RedisError, OSError) as error:
                log.debug("feed wake-ups away", error=str(error))
            finally:
                self.listening, self.pubsub = False, None
                with suppress(RedisError, OSError):
                    await client.aclose()
            await asyncio.sleep(ALONE_POLL_SECONDS)

    async def _follow(self, client: redis.Redis) -> None:
        async with client.pubsub() as pubsub:
            await pubsub.subscribe(*self.waiting)
            self.pubsub, self.listening = pubsub, True
            # What was written before the subscription stood has nobody else to tell of it.
            for events in self.waiting.values():
                for event in events:
                    event.set()
            async for message in pubsub.listen():
                if message["type"] == "message":
                    for event in self.waiting.get(message["channel"].decode(), ()):
                        event.set()


wakes = Wakes()
