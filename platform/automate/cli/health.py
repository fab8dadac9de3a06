"""``automate health``: the health check of containers.

The module imports only the standard library. So each check uses little CPU time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from enum import Enum

from automate.processes import pulse
from automate.project import reaching
from automate.project.home import home_of


class Process(str, Enum):
    web = "web"
    relay = "relay"
    worker = "worker"
    scheduler = "scheduler"


def health(process: Process) -> None:
    """Check that one process, such as the relay, makes progress. The process belongs to the installation in AUTOMATE_HOME.

    If it makes no progress, prints the reason and exits with 1.
    """
    trouble = _web(os.environ) if process is Process.web else _rounds(os.environ, process.value)
    if trouble:
        sys.exit(trouble)
    sys.stdout.write(f"{process.value} makes progress\n")


def asks_for_health(words: Sequence[str]) -> bool:
    return len(words) == 2 and words[0] == "health" and words[1] in {process.value for process in Process}  # noqa: PLR2004


def main() -> None:
    """Run ``automate health PROCESS`` without importing the other commands."""
    health(Process(sys.argv[2]))


def _rounds(environ: Mapping[str, str], process: str) -> str:
    home, name = home_of(environ), environ.get("AUTOMATE_PROCESS") or process
    found = pulse.read(pulse.path_of(home, name))
    if found is None:
        return (
            f"{name} has completed no round of work in {home}: it is starting, PostgreSQL is unavailable, "
            "or it runs with another AUTOMATE_HOME or AUTOMATE_PROCESS"
        )
    if not pulse.exists(found.pid):
        return f"{name} (pid {found.pid}) has ended"
    if found.age_seconds > found.patience_seconds:
        return (
            f"{name} (pid {found.pid}) finished its last round {found.age_seconds:.0f} s ago but must finish one every "
            f"{found.patience_seconds:g} s: it hangs, or PostgreSQL is unavailable; see its log"
        )
    return ""


def _web(environ: Mapping[str, str]) -> str:
    host, port = reaching.host_of(environ), environ.get("AUTOMATE_PORT") or "8000"
    if not port.isdecimal():
        return f"AUTOMATE_PORT must be a port; it is {port!r}"
    return reaching.trouble_of_web(host, int(port), environ.get("AUTOMATE_ALLOWED_HOSTS", ""), home_of(environ))
