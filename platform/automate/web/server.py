"""The server of ``automate web``: uvicorn with the platform's protocols."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress

import uvicorn
from django.conf import settings

from automate.kernel.allocator import give_memory_back
from automate.processes import forgotten_transactions
from automate.processes.notify import STOPPING, notify
from automate.processes.watch import Loop, watch
from automate.serving.socket_protocol import FramesProtocol
from automate.serving.streaming import ENDING
from automate.web.protocol import KEEP_ALIVE_SECONDS, BoundedProtocol, connections

WEB_GRACE_SECONDS = 5
EVENT_LOOP_SECONDS = 60.0
"""The web process ends itself if its event loop is stuck for this long."""
SWITCH_SECONDS = 0.001
"""How long a thread of the web process keeps Python's lock while other threads want it.

The default is 5 ms. With it, a short request that waits for SQL ten times is 50 ms late for each thread
that computes at the same time. Below 1 ms, switching costs more than it gains.
"""
WEBSOCKET_MESSAGE_BYTES = 2 * 1024 * 1024
"""Maximum bytes of a message. This is enough for a mutation that contains an event of 1 MiB in escaped form."""


class _Server(uvicorn.Server):
    # Open streams end at once when the server stops.
    turns: Loop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.turns = watch.follow("event loop", EVENT_LOOP_SECONDS)
            watch.start()
            forgotten_transactions.start()

    async def on_tick(self, counter: int) -> bool:
        if self.turns is not None:
            self.turns.turn()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        notify(STOPPING)
        if self.turns is not None:
            watch.leave(self.turns)
        self.lifespan.state[ENDING].set()
        await super().shutdown(sockets)


def serve(port: int) -> None:
    """Serve HTTP and WebSockets until a signal stops the process."""
    # uvicorn finishes requests in flight, then lets the signal have its usual effect: here, an orderly end.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    config = uvicorn.Config(
        "automate.web.asgi:application",
        host=os.environ.get("AUTOMATE_HOST", "127.0.0.1"),
        port=port,
        http=BoundedProtocol,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws=FramesProtocol,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        # Compression costs time and memory for each socket, and sockets cannot share compressed bytes.
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=WEB_GRACE_SECONDS,
    )
    connections.fit_files(settings.WEB_SOCKETS)
    give_memory_back()
    sys.setswitchinterval(SWITCH_SECONDS)
    with suppress(KeyboardInterrupt):
        _Server(config).run()
