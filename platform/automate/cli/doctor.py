"""``automate doctor``: check the environment and the servers, and print the fix for anything that is not ok."""

from __future__ import annotations

import os
from collections.abc import Iterator

import typer

from automate.cli.checkup import environment
from automate.cli.checkup.finding import Finding
from automate.cli.checkup.token import token
from automate.cli.output import line, waiting


def doctor() -> None:
    """Check the environment and the servers. Exits with 1 if a check fails."""
    os.environ.update(environment.adopt_installation(os.environ))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    failed = 0
    with waiting("Looking"):
        for finding in _findings():
            failed += finding.state == "fail"
            line(finding.state.ljust(5), finding.what)
            for advice in finding.advice():
                line("     ", advice)
    if failed:
        line(f"{failed} of these must be fixed.")
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield from environment.python()
    running = False
    for finding in environment.web_port(os.environ):
        running = running or finding.what.startswith(environment.RUNNING)
        yield finding
    yield from token(os.environ, running=running)
    settled = True
    for finding in environment.configuration():
        settled = settled and finding.state == "ok"
        yield finding
    if settled:
        from automate.cli.checkup.servers import servers  # noqa: PLC0415 - the libraries of servers take long to import

        yield from servers(os.environ)
