"""A subscriber to each tenant's run feed over a WebSocket.

It resumes after the last cursor when the connection is cut.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from websockets.exceptions import WebSocketException

from automate.project.reaching import LOOPBACK
from soak.site import Site
from tests.support.sockets import open_socket

FEED = """subscription($after: String) { runFeed(after: $after) {
  kind cursor fromState toState run { id } step { id } gap { from to } } }"""
AGAIN_SECONDS, BEGIN_SECONDS = 0.3, 30.0
Row = tuple[str, str, str, str]


class Feeds:
    """The subscribers.

    seen: the transitions, by tenant. cuts: how often a subscription was cut. said: the gaps that were reported.
    """

    def __init__(self, site: Site, tenants: Sequence[str]) -> None:
        self._site = site
        self.seen: dict[str, list[Row]] = {tenant: [] for tenant in tenants}
        self.cuts = 0
        self.said: list[str] = []
        self._cursors: dict[str, str] = {}
        self._begun = {tenant: threading.Event() for tenant in tenants}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="feeds", daemon=True)

    def begin(self) -> None:
        """Return when every subscriber has its first cursor. From then on it must receive all transitions."""
        self._thread.start()
        for tenant, begun in self._begun.items():
            assert begun.wait(BEGIN_SECONDS), f"no first cursor from the feed of {tenant}"

    def end(self) -> None:
        for task in self._tasks:
            self._loop.call_soon_threadsafe(task.cancel)
        self._thread.join(10)

    def _run(self) -> None:
        async def all_of_them() -> None:
            self._tasks = [asyncio.ensure_future(self._follow(tenant)) for tenant in self.seen]
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self._loop.run_until_complete(all_of_them())
        self._loop.close()

    async def _follow(self, tenant: str) -> None:
        host = f"{LOOPBACK}:{self._site.port}"
        while True:
            try:
                async with open_socket(host, self._site.tokens[tenant]) as socket:
                    await socket.subscribe("feed", FEED, after=self._cursors.get(tenant))
                    while True:
                        self._take(tenant, await socket.item())
            # An AssertionError: the message was not an item, such as an error while PostgreSQL is unavailable.
            except (OSError, WebSocketException, asyncio.TimeoutError, AssertionError, EOFError):
                self.cuts += 1
                await asyncio.sleep(AGAIN_SECONDS)

    def _take(self, tenant: str, item: Mapping[str, Any]) -> None:
        if item["kind"] == "TRANSITION":
            step = _row_id(item["step"]["id"]) if item["step"] else ""
            row = (_row_id(item["run"]["id"]), step, (item["fromState"] or "").lower(), item["toState"].lower())
            self.seen[tenant].append(row)
        elif item["kind"] == "GAP":
            self.said.append(f"the feed of {tenant} has a gap {item['gap']}")
        self._cursors[tenant] = item["cursor"]
        self._begun[tenant].set()


def _row_id(global_id: str) -> str:
    return base64.b64decode(global_id).decode().partition(":")[2]
