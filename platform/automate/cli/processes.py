"""One command per process, and the commands that run a whole installation on one machine."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import django
import typer
import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from automate.demo.demo import demo as run_demo
from automate.devserver.installation import stop_all
from automate.devserver.up import port_of
from automate.devserver.up import up as run_up
from automate.kernel.allocator import give_memory_back
from automate.processes.notify import STOPPING, notify
from automate.processes.watch import Loop, watch
from automate.project.environment import choose_login, forget_secrets
from automate.project.home import home_of
from automate.project.logs import log_to_stderr
from automate.serving.socket_protocol import FramesProtocol
from automate.serving.streaming import ENDING
from automate.web.protocol import BoundedProtocol, connections

MADE_LATER = "the secret key that is kept in AUTOMATE_HOME, or made there"
WEB_GRACE_SECONDS = 5
EVENT_LOOP_SECONDS = 60.0
"""Web ends itself when its event loop stands still for so long."""
SWITCH_SECONDS = 0.001
"""How long a thread of web keeps Python's lock while others want it. At the default of 5 ms a short request that waits for
SQL ten times is 50 ms late beside each thread that computes. Far below 1 ms, turns cost more than they are worth.
"""
WEBSOCKET_MESSAGE_BYTES = 2 * 1024 * 1024
"""An event of 1 MiB, escaped, with the mutation around it."""


def _become(process: str, *, needs_redis: str = "") -> None:
    """Name the process, in PostgreSQL and in its logs, take its own database login, and drop what only workers may hold.

    needs_redis: what for. Raises ImproperlyConfigured where it does and REDIS_URL is not set.
    """
    if needs_redis and not os.environ.get("REDIS_URL"):
        raise ImproperlyConfigured(f"REDIS_URL must be set: {needs_redis} through Redis 6 or newer, or Valkey")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_PROCESS", process)
    choose_login(process)
    forget_secrets(process)
    log_to_stderr(process)


def call(target: str, *arguments: Any) -> Any:
    """Call ``module:function`` with Django ready. Other packages are named by string: imports point one way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)(*arguments)


def _check_settings() -> None:
    """Raise ImproperlyConfigured now for what each process would die of later, when the servers run already."""
    made_later = not os.environ.get("AUTOMATE_SECRET_KEY")
    if made_later:
        os.environ["AUTOMATE_SECRET_KEY"] = MADE_LATER
    try:
        importlib.import_module(os.environ.get("DJANGO_SETTINGS_MODULE") or "automate.project.settings")
    finally:
        if made_later:
            del os.environ["AUTOMATE_SECRET_KEY"]


def up() -> None:
    """Start servers and all processes here, and keep them running until Ctrl-C."""
    _check_settings()
    run_up()


def stop() -> None:
    """End the installation of AUTOMATE_HOME, or what a killed one left."""
    stop_all(home_of(os.environ), typer.echo)


def demo() -> None:
    """Send a recorded GitHub webhook and show what became of it."""
    _check_settings()
    run_demo()


class _Server(uvicorn.Server):
    """Signals streams that it stops, instead of waiting for their ends. Its event loop and its threads are watched."""

    turns: Loop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.turns = watch.follow("event loop", EVENT_LOOP_SECONDS)
            watch.start()

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


def web() -> None:
    """Answer HTTP and WebSockets on AUTOMATE_HOST:AUTOMATE_PORT."""
    _become("web")
    # uvicorn ends what is under way and then lets the signal do what it would have done: here, an orderly end.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    config = uvicorn.Config(
        "automate.web.asgi:application",
        host=os.environ.get("AUTOMATE_HOST", "127.0.0.1"),
        port=port_of(os.environ),
        http=BoundedProtocol,
        ws=FramesProtocol,
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        # Compression costs time and memory for each socket, and no two sockets could share bytes.
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


def relay() -> None:
    """Dispatch due jobs to the broker."""
    _become("relay", needs_redis="the relay sends jobs to the workers")
    call("actors.relay.main:run")


def worker() -> None:
    """Claim and do the jobs that the relay dispatched."""
    _become("worker", needs_redis="workers are sent their jobs")
    call("actors.worker:run")


def scheduler() -> None:
    """Maintenance and provisioning, as the role that owns the tables."""
    _become("scheduler")
    call("actors.scheduler:run")
