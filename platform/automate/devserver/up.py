"""``automate up``: starts everything, and supervises the processes."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from automate.devserver import portal, upfile
from automate.devserver.console import Printer
from automate.devserver.installation import Installation
from automate.devserver.leftovers import sole_supervisor
from automate.devserver.stopping import Stopping, StopRequested
from automate.devserver.web_port import port_of
from automate.project.home import home_of, prepare

INGEST = (
    "mutation($input: IngestEventInput!) "
    "{ ingestEvent(input: $input) { outcome event { id traceId } errors { code message } } }"
)
EXAMPLE = {"source": "api", "type": "order.created", "payload": {"n": 42}}


def up() -> None:
    """Run an installation until SIGINT, SIGTERM or SIGHUP.

    Raises NormalizedError if the installation cannot start, or if it already runs.
    """
    printer = Printer()
    home, port = prepare(home_of(os.environ)), port_of(os.environ)
    printer.line("Django Automate", "bold")
    with Stopping() as stopping, sole_supervisor(home, printer.step):
        installation = Installation(home, dict(os.environ), port, stopping, printer)
        try:
            ready = installation.start()
            builds = portal.is_wanted(os.environ)
            _say_ready(printer, home, ready, builds=builds)
            if builds:
                with portal.building(home / "log" / "portal.log", _origin(ready)) as build:
                    installation.watch(build.news)
            else:
                installation.watch()
        except StopRequested:
            printer.line("Stopping")
        finally:
            installation.stop()
        printer.line("Stopped. The data is in " + str(home))


def curl(ready: upfile.RunningInstallation) -> list[str]:
    """Return a curl command, line by line. The command sends an event as the demo tenant."""
    body = json.dumps({"query": INGEST, "variables": {"input": EXAMPLE}})
    return [
        f"curl -sS {ready['graphql']} \\",
        f"  -H {shlex.quote('Authorization: Bearer ' + ready['token'])} \\",
        "  -H 'Content-Type: application/json' \\",
        f"  -d {shlex.quote(body)}",
    ]


def _origin(ready: upfile.RunningInstallation) -> str:
    return str(ready["graphql"]).removesuffix("/graphql")


def _say_ready(printer: Printer, home: Path, ready: upfile.RunningInstallation, *, builds: bool) -> None:
    facts = [
        f"GraphQL   {ready['graphql']}",
        f"Webhooks  {ready['hooks']}SOURCE",
        f"Token     {ready['token']}",
        f"More      {home / 'up.json'}",
    ]
    origin = _origin(ready)
    if builds:
        facts.insert(0, f"Portal    {origin}/portal/ (being built, about a minute the first time)")
    elif address := portal.address(origin):
        facts.insert(0, f"Portal    {address}")
    printer.box("Ready", facts)
    printer.line("Send an event:")
    for line in curl(ready):
        printer.line(line)
    printer.line("A tour of five minutes is in docs/tour.md.")
    printer.line("Ctrl-C stops everything.")
