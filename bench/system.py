"""The measured system: its own servers, and the real processes with their usual configuration."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import django
import psutil
import structlog

from automate.devserver import ports
from automate.devserver import servers as local
from automate.devserver.names import command_of, process_names
from automate.kernel.roles import VARIABLE_OF
from automate.project import home as homes

START_SECONDS = 180.0


@dataclass
class System:
    """superuser_url: for limit A, whose schema only a superuser can create."""

    home: Path
    servers: local.Servers
    superuser_url: str
    environ: dict[str, str]
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def workers(self) -> list[str]:
        """The names of as many workers as ``make up`` starts on this machine."""
        return [name for name in process_names(self.environ) if command_of(name) == "worker"]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *command: str, **more: str) -> None:
        """Start a process. more: settings of this process only.

        command: the words after ``python``, if it is not the process with this name.
        """
        environ = {**self.environ, "AUTOMATE_PROCESS": name, **more}
        if name == "scheduler":
            environ["AUTOMATE_ADMIN_DATABASE_URL"] = self.servers.database.admin_url
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *(command or ("-m", "automate.cli", command_of(name)))],
                env=environ,
                stdout=log,
                stderr=log,
            )

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        process.wait(timeout=60)

    def wait_until_ready(self, port: int | None = None) -> None:
        """Wait for web. port: of another web process. Raises TimeoutError with the end of web's log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}/readyz", timeout=1) as answer:
                    if answer.status == HTTPStatus.OK:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise TimeoutError((self.home / "web.log").read_text()[-2_000:])

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time of all processes by kind; the servers' under ``servers``.

        Ended processes count with their parents.
        """
        kinds = [(command_of(name), process.pid) for name, process in self.processes.items()]
        spent: dict[str, float] = {}
        for kind, root in [*kinds, *(("servers", pid) for pid in self.server_pids())]:
            for process in [psutil.Process(root), *psutil.Process(root).children(recursive=True)]:
                times = process.cpu_times()
                reaped = times.children_user + times.children_system
                spent[kind] = spent.get(kind, 0.0) + times.user + times.system + reaped
        return spent

    def server_pids(self) -> list[int]:
        """The root process of each server."""
        mine = [
            p
            for p in psutil.process_iter(["cmdline"])
            if any(str(self.home) in word for word in p.info["cmdline"] or [])
        ]
        children = {child.pid for process in mine for child in process.children(recursive=True)}
        started = {process.pid for process in self.processes.values()}
        return [process.pid for process in mine if process.pid not in children | started and process.pid != os.getpid()]


def set_up_django(system: System) -> None:
    """Connect this process to the system's servers. Afterwards models can be imported."""
    admin_url = system.servers.database.admin_url
    os.environ.update(system.environ, DATABASE_URL=admin_url, AUTOMATE_ADMIN_DATABASE_URL=admin_url)
    django.setup()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@contextmanager
def running_system(kept: Path | None = None) -> Iterator[System]:
    """Servers with an empty database. The caller migrates it and starts the processes.

    kept: a folder that keeps the database for the next time.
    """
    home = kept or Path(tempfile.mkdtemp(prefix="automate-bench-"))
    servers = local.start(homes.prepare(home), {}, lambda _line: None, death_signal=signal.SIGINT)
    port = ports.free_port()
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "automate.project.settings",
        "AUTOMATE_SECRET_KEY": "a key for the bench alone, long enough to sign with",
        "AUTOMATE_HOME": str(home),
        "AUTOMATE_PORT": str(port),
        "AUTOMATE_BASE_URL": f"http://127.0.0.1:{port}",
        **{VARIABLE_OF[login]: url for login, url in servers.database.app_urls.items()},
        "REDIS_URL": servers.redis_url,
    }
    system = System(home, servers, servers.embedded[0].url, environ, port)
    try:
        yield system
    finally:
        for name in list(system.processes):
            system.stop(name)
        servers.stop()
        if kept is None:
            shutil.rmtree(home, ignore_errors=True)
