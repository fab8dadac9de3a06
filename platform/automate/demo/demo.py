"""``automate demo``: sends a real webhook and waits for its run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from automate.client.api import Api
from automate.demo import scenario, story
from automate.demo.receiver import DemoReceiver
from automate.devserver import upfile
from automate.devserver.console import Printer
from automate.devserver.installation import Installation
from automate.devserver.leftovers import running_pid, sole_supervisor
from automate.devserver.ports import free_port, is_free
from automate.devserver.stopping import Stopping, StopRequested
from automate.devserver.web_port import port_of
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_text
from automate.project.home import home_of, prepare

INTERRUPTED = 130


def demo() -> None:
    """Run the demo and print each stage. Raises NormalizedError if a stage fails, and SystemExit after Ctrl-C."""
    printer = Printer()
    home = prepare(home_of(os.environ))
    printer.line("Django Automate: from a GitHub webhook to a finished run", "bold")
    with Stopping() as stopping:
        try:
            if running_pid(home) is None:
                with _own_installation(home, stopping, printer) as ready:
                    _play(ready, printer, stopping.wait)
            else:
                _play(_running(home, printer), printer, stopping.wait)
        except StopRequested:
            raise SystemExit(INTERRUPTED) from None


def _running(home: Path, printer: Printer) -> upfile.RunningInstallation:
    ready = upfile.read(home)
    if ready is None:
        message = f"An installation (pid {running_pid(home)}) is starting. Try again when it prints Ready."
        raise NormalizedError("UNAVAILABLE", message)
    printer.step(f"Using the installation that runs at {ready['graphql']}")
    return ready


@contextmanager
def _own_installation(home: Path, stopping: Stopping, printer: Printer) -> Iterator[upfile.RunningInstallation]:
    # It uses AUTOMATE_PORT, or any free port.
    port = port_of(os.environ)
    if not os.environ.get("AUTOMATE_PORT") and not is_free(port):
        port = free_port()
    with sole_supervisor(home, printer.step):
        installation = Installation(home, dict(os.environ), port, stopping, printer)
        try:
            yield installation.start()
        finally:
            installation.stop()
            printer.step("All stopped")


def _play(ready: upfile.RunningInstallation, printer: Printer, pause: Callable[[float], None]) -> None:
    with DemoReceiver() as receiver, Api(ready["graphql"], ready["token"]) as api:
        url, secret = scenario.install(api, receiver.url)
        sent = time.monotonic()
        accepted = scenario.send(api, url, secret)
        printer.step(f"Webhook      {accepted['outcome']} in {(time.monotonic() - sent) * 1000:.0f} ms")
        printer.step(f"Trace        {accepted['trace_id']}")
        outcome = scenario.await_run(api, as_text(accepted["trace_id"]), pause)
        printer.line("")
        for line in story.table(outcome):
            printer.step(line)
        printer.line("")
        for body in receiver.received:
            printer.step(f"Received     {body}")
        if outcome.run["state"] != "SUCCEEDED":
            raise NormalizedError(
                "INTERNAL", f"The run ended with the state {outcome.run['state']}: {outcome.run['stateReason']}"
            )
