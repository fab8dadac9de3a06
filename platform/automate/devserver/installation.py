"""Runs a whole installation on one machine."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from automate.devserver import leftovers, postgres, servers, upfile, valkey, vault_keys
from automate.devserver.console import Printer
from automate.devserver.forks import NAME as FORKS
from automate.devserver.forks import Forks
from automate.devserver.held import GRACEFUL, EndSteps, LockedProcess, spawn
from automate.devserver.kept import FIRST_DELAY_SECONDS, SupervisedProcess
from automate.devserver.metrics import MetricsPorts
from automate.devserver.names import command_of, left_in, process_names
from automate.devserver.ports import is_free
from automate.devserver.server import Say, Server
from automate.devserver.signs import Signs
from automate.devserver.stopping import Stopping
from automate.devserver.who import command_of as command_line_of
from automate.devserver.who import listener
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import LOGIN_OF, VARIABLE_OF
from automate.project import reaching
from automate.project.home import keep_previous, kept_secret, last_lines
from automate.project.reaching import LOOPBACK

ADMIN_PROCESSES = ("scheduler", "migrate")
"""The processes that get the URL of the role that owns the tables."""

SUPERVISOR_ENDING: EndSteps = ((signal.SIGTERM, 40.0), (signal.SIGKILL, 5.0))
"""The supervisor needs this time, because it first ends its children and then the servers."""

READY_SECONDS = 60.0
DEATHS_AT_START = 3
"""A process counts as failed if it dies this many times before the installation is ready."""

TICK_SECONDS = 1.0


class Installation:
    """An installation. Call ``start``, then ``watch``, then always ``stop``.

    ``home`` is a prepared and locked folder.
    """

    def __init__(self, home: Path, environ: Mapping[str, str], port: int, stopping: Stopping, printer: Printer) -> None:
        self.home, self.port, self._environ, self._stopping = home, port, environ, stopping
        self._host = reaching.host_of(environ)
        self._printer, self._say = printer, printer.step
        self._servers: servers.Servers | None = None
        self._processes: list[SupervisedProcess] = []
        self._keeping_servers: list[SupervisedProcess] = []
        self._tokens: dict[str, str] = {}
        self._metrics = MetricsPorts(environ)
        self._signs = Signs()
        self._forks = Forks(home)

    def start(self) -> upfile.RunningInstallation:
        """Start everything and wait until it is ready. Returns ``up.json``.

        Raises NormalizedError for a failure, and StopRequested when a signal arrives.
        """
        names = process_names(self._environ)
        leftovers.end_processes(self.home, left_in(self.home), self._say)
        for name in ("migrate", FORKS, *names):
            keep_previous(self._log(name))
        require_free(self.port, self._environ.get("AUTOMATE_HOST", "").strip("[]") or LOOPBACK)
        with self._printer.waiting("Starting the servers"):
            self._servers = servers.start(self.home, self._environ, self._say)
        self._stopping.check()
        self._metrics.choose(names)
        self._keeping_servers = [self._kept_server(server) for server in self._servers.embedded]
        with self._printer.waiting("Migrating"):
            self._tokens = self._migrate()
        for name in names:
            again = partial(self._spawn, name, command_of(name))
            self._processes.append(SupervisedProcess(name, again(), again, self._log(name)))
        self._say(f"{'Processes':<12} {', '.join(names)}")
        with self._printer.waiting("Waiting until all of them work"):
            self._await_ready()
        return self._publish()

    def watch(self, others: Callable[[], list[str]] = list) -> None:
        """Restart processes that have ended, until StopRequested is raised.

        Also prints the lines that the function ``others`` returns.
        """
        while True:
            pids = [kept.pid for kept in self._processes]
            news = self._tend()
            if pids != [kept.pid for kept in self._processes]:
                self._publish()  # first, so that readers of the line find the new pid
            self._say_all([*news, *others()])
            waits = any(kept.due is not None for kept in (*self._keeping_servers, *self._processes))
            self._stopping.wait(FIRST_DELAY_SECONDS if waits else TICK_SECONDS)

    def stop(self) -> None:
        """End all processes, then the servers. Another stop signal shortens the wait for the processes."""
        upfile.remove(self.home)
        processes = [kept.process for kept in self._processes]
        (_, patience), *_rest = GRACEFUL
        for process in processes:
            process.send(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(process.alive() for process in processes):
            if self._stopping.hurried or time.monotonic() > deadline:
                break
            self._stopping.pause(0.05)
        for process in processes:
            process.send(signal.SIGKILL)
            process.gone_within(patience)
        self._forks.close()
        if self._servers is not None:
            self._servers.stop()
        self._signs.close()

    def _child_environ(self, name: str) -> dict[str, str]:
        running = self._servers
        assert running is not None, "children start after the servers"  # noqa: S101 - narrows the type
        own = self._environ
        environ = vault_keys.environ_for(self.home, own, command_of(name))
        environ = {key: value for key, value in environ.items() if not (running.embedded and key.startswith("PG"))}
        environ |= {
            "DATABASE_URL": running.database.app_urls.get(LOGIN_OF.get(command_of(name), ""), running.database.web_url),
            "REDIS_URL": running.redis_url,
            "AUTOMATE_HOME": str(self.home),
            "AUTOMATE_PORT": str(self.port),
            "AUTOMATE_SECRET_KEY": own.get("AUTOMATE_SECRET_KEY") or kept_secret(self.home, "secret_key"),
            "AUTOMATE_BASE_URL": own.get("AUTOMATE_BASE_URL") or f"http://{self._address}",
            "AUTOMATE_ALLOWED_HOSTS": self._allowed_hosts(),
            "AUTOMATE_MAIL_URL": own.get("AUTOMATE_MAIL_URL") or "consolemail://",
            "AUTOMATE_PROCESS": name,
            "DJANGO_SETTINGS_MODULE": own.get("DJANGO_SETTINGS_MODULE") or "automate.project.settings",
            "PYTHONUNBUFFERED": "1",
            **self._signs.environ(),
        }
        environ |= self._metrics.environ_of(name)
        for variable in ("WATCHDOG_PID", "AUTOMATE_ADMIN_DATABASE_URL", *VARIABLE_OF.values()):
            environ.pop(variable, None)
        if name in ADMIN_PROCESSES:
            environ["AUTOMATE_ADMIN_DATABASE_URL"] = running.database.admin_url
        return environ

    @property
    def _address(self) -> str:
        return f"{reaching.in_url(self._host)}:{self.port}"

    def _allowed_hosts(self) -> str:
        given = self._environ.get("AUTOMATE_ALLOWED_HOSTS") or ",".join(reaching.DEFAULT_HOSTS)
        own = reaching.in_url(self._host)
        return given if own in given.split(",") else f"{given},{own}"

    def _log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def _spawn(self, name: str, *arguments: str) -> LockedProcess:
        # If this process is killed, the kernel ends the new process.
        lock, log, environ = self.home / "locks" / name, self._log(name), self._child_environ(name)
        if self._forks.work_here():
            return self._forks.fork(name, arguments, lock=lock, log=log, environ=environ, death_signal=signal.SIGTERM)
        command = [sys.executable, "-m", "automate.cli", *arguments]
        return spawn(command, lock=lock, log=log, environ=environ, death_signal=signal.SIGTERM)

    def _migrate(self) -> dict[str, str]:
        # The migrating process writes the tokens to a private file.
        begun = time.monotonic()
        tokens_file = self.home / "tokens.json"
        tokens_file.unlink(missing_ok=True)
        process = self._spawn("migrate", "migrate", "--demo-tokens", str(tokens_file))
        try:
            while process.alive():
                self._stopping.wait(TICK_SECONDS)
        finally:
            process.end()
        if process.returncode() != 0 or not tokens_file.exists():
            raise NormalizedError("INTERNAL", f"The migrations failed. The end of their log:\n{self._tail('migrate')}")
        tokens: dict[str, str] = json.loads(tokens_file.read_text(encoding="utf-8"))
        tokens_file.unlink()
        self._say(f"{'Database':<12} migrated, tenants acme and globex ({time.monotonic() - begun:.1f} s)")
        return tokens

    def _kept_server(self, server: Server) -> SupervisedProcess:
        def again() -> LockedProcess:
            fresh = server.program.start(self.home, self._say)
            if fresh.port != server.port:
                fresh.stop()
                raise NormalizedError("UNAVAILABLE", f"another program uses the port {server.port}")
            server.process = fresh.process
            return server.process

        return SupervisedProcess(server.program.title, server.process, again, self._log(server.program.name))

    def _tend(self) -> list[str]:
        now = time.monotonic()
        alive = {kept.pid: kept for kept in self._processes if kept.due is None}
        lines = [alive[pid].end_hung() for pid in self._signs.find_silent(alive, now)]
        lines += [kept.tend(now) for kept in (*self._keeping_servers, *self._processes)]
        return [line for line in lines if line]

    def _say_all(self, lines: list[str]) -> None:
        for line in lines:
            self._say(f"{datetime.now().astimezone():%H:%M:%S} {line}")

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self._say_all(self._tend())
            if failed := next((kept for kept in self._processes if kept.deaths >= DEATHS_AT_START), None):
                message = f"{failed.name} died {failed.deaths} times while starting.\n{self._tail(failed.name)}"
                raise NormalizedError("UNAVAILABLE", message)
            if time.monotonic() > deadline:
                message = f"Not ready after {READY_SECONDS:.0f} s.\n{self._tail('web')}"
                raise NormalizedError("UNAVAILABLE", message)
            self._stopping.wait(0.05)

    def _is_ready(self) -> bool:
        if not all(kept.due is None and kept.process.alive() for kept in self._processes):
            return False
        return not reaching.trouble_of_web(self._host, self.port, self._allowed_hosts(), self.home)

    def _tail(self, name: str) -> str:
        log = self._log(name)
        return "\n".join([f"the end of {log}:", *(f"    {line}" for line in last_lines(log))])

    def _publish(self) -> upfile.RunningInstallation:
        running = self._servers
        assert running is not None, "published after the start"  # noqa: S101 - narrows the type
        pids = {"supervisor": os.getpid(), **{kept.name: kept.pid for kept in self._processes}}
        up = upfile.content(
            self._address,
            self._tokens,
            pids,
            metrics=self._metrics.urls(),
            database_url=running.database.web_url,
            redis_url=running.redis_url,
        )
        upfile.write_environ(self.home, self._child_environ(ADMIN_PROCESSES[0]))
        upfile.write(self.home, up)
        return up


def stop_all(home: Path, say: Say) -> None:
    """End all processes of an installation, the supervisor first.

    Raises UNAVAILABLE if the supervisor does not end.
    """
    if pid := leftovers.running_pid(home):
        say(f"Stopping the installation of {home} (pid {pid})")
        if not LockedProcess(pid, leftovers.supervisor_lock(home)).end(SUPERVISOR_ENDING):
            raise NormalizedError(
                "UNAVAILABLE", f"The supervisor (pid {pid}) does not end. Kill it with: kill -9 {pid}"
            )
    ended = leftovers.end_processes(home, left_in(home), say)
    for program in (valkey.PROGRAM, postgres.PROGRAM):
        ended += leftovers.end_processes(home, (program.name,), say, program.ending)
    leftovers.forget(home)
    say("Stopped" if pid or ended else f"Nothing runs in {home}")


def require_free(port: int, host: str = LOOPBACK) -> None:
    """Raise CONFLICT if another program uses the port of the web process.

    The error names the program if it is known. Raises BAD_USER_INPUT for a host that is not an address of this machine.
    """
    try:
        if is_free(port, host):
            return
    except OSError as error:
        message = f"AUTOMATE_HOST is {host}, which web cannot use: {error.strerror}. Set it to an address of this machine, or to 0.0.0.0 for all."
        raise NormalizedError("BAD_USER_INPUT", message) from None
    pid = listener(port)
    whose = f"by pid {pid} ({command_line_of(pid)[:80]})" if pid else "by another program"
    message = f"Port {port} is used {whose}. Choose another port with AUTOMATE_PORT, such as: AUTOMATE_PORT={port + 1} make up"
    raise NormalizedError("CONFLICT", message)
