"""One command per process, and the commands that run a whole installation on one machine."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import django
import typer
import uvicorn

from automate.kernel.errors import NormalizedError
from automate.project.demo.demo import demo as run_demo
from automate.project.local import roles as database_roles
from automate.project.local.home import home_of, write_private
from automate.project.logs import log_to_stderr
from automate.project.supervisor.installation import stop_all
from automate.project.supervisor.up import port_of
from automate.project.supervisor.up import up as run_up

WEB_GRACE_SECONDS = 5
WEBSOCKET_MESSAGE_BYTES = 2 * 1024 * 1024
"""An event of 1 MiB, escaped, with the mutation around it."""


def _become(process: str) -> None:
    """Name the process, in PostgreSQL and in its logs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_PROCESS", process)
    log_to_stderr(process)


def _call(target: str) -> Any:
    """Call ``module:function`` with Django ready. Other packages are named by string: imports point one way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)()


def up() -> None:
    """Start servers and all processes here, and keep them running until Ctrl-C."""
    run_up()


def stop() -> None:
    """End the installation of AUTOMATE_HOME, or what a killed one left."""
    stop_all(home_of(os.environ), typer.echo)


def demo() -> None:
    """Send a recorded GitHub webhook and show what became of it."""
    run_demo()


def web() -> None:
    """Answer HTTP and WebSockets on AUTOMATE_HOST:AUTOMATE_PORT."""
    _become("web")
    # uvicorn ends what is under way and then lets the signal do what it would have done: here, an orderly end.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    uvicorn.run(
        "automate.project.asgi:application",
        host=os.environ.get("AUTOMATE_HOST", "127.0.0.1"),
        port=port_of(os.environ),
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=WEB_GRACE_SECONDS,
    )


def relay() -> None:
    """Dispatch due jobs to the broker."""
    _become("relay")
    _call("actors.relay.main:run")


def worker() -> None:
    """Claim and do the jobs that the relay dispatched."""
    _become("worker")
    _call("actors.worker:run")


def scheduler() -> None:
    """Maintenance and provisioning, as the role that owns the tables."""
    _become("scheduler")
    _call("actors.scheduler:run")


def migrate(
    demo_tokens: Annotated[Path | None, typer.Option(help="Make the demo tenants and write their tokens here.")] = None,
) -> None:
    """Bring all tables up to date, as the role of AUTOMATE_ADMIN_DATABASE_URL."""
    _call("tenants.provisioning:migrate")
    if demo_tokens is not None:
        write_private(demo_tokens, json.dumps(_call("tenants.demo:ensure_demo_tenants")))


def roles(creator_url: Annotated[str, typer.Argument(envvar="AUTOMATE_CREATOR_DATABASE_URL")]) -> None:
    """Create the database and its roles, with the passwords of DATABASE_URL and AUTOMATE_ADMIN_DATABASE_URL."""
    urls = {name: urlsplit(os.environ.get(name, "")) for name in ("DATABASE_URL", "AUTOMATE_ADMIN_DATABASE_URL")}
    for (name, url), role in zip(urls.items(), (database_roles.APP, database_roles.ADMIN), strict=True):
        if url.username != role or not url.password:
            raise NormalizedError("BAD_USER_INPUT", f"{name} must name the role {role} with a password")
    passwords = [unquote(url.password or "") for url in urls.values()]
    database = database_roles.database_of(os.environ["DATABASE_URL"])
    database_roles.ensure(creator_url, app_password=passwords[0], admin_password=passwords[1], database=database)
