"""The services of compose.yaml as plain processes: their names and ports in a network namespace, their image as a folder.

What a Docker engine would do and this does not: build layers, change the user, limit logs, restart. PostgreSQL's
image makes its data folder by a script of its own; here initdb does. Valkey's client is missing from the wheel with
its server; where the machine has none either, a few lines of Python say PING in its place.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from automate.devserver import postgres, unprivileged, valkey
from automate.devserver.held import LockedProcess, spawn
from automate.devserver.server import server_environ
from automate.project import home as homes
from tests.support import compose
from tests.support.tree import ROOT

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOSTS = "127.0.0.1 localhost {names}\n"
POLL_SECONDS = 0.5
CLIENT = """#!/bin/sh
exec "{python}" -c 'import os, redis
print(redis.Redis(password=os.environ["REDISCLI_AUTH"], socket_timeout=3).ping() and "PONG")'
"""
"""Not by a first line that names Python: its folder may hold a space."""


def namespaces_work() -> bool:
    """Whether processes can be given a network and an /etc/hosts of their own here; only to root without user namespaces."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "setpriv", "ip", "mount"))):
        return False
    probe = ["unshare", "--net", "--mount", "ip", "link", "set", "lo", "up"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


@dataclass(frozen=True)
class Image:
    """venv: with this project's wheel alone in it. packages: a folder with those of runtime.lock and no others."""

    venv: Path
    packages: Path

    @property
    def environ(self) -> dict[str, str]:
        path = f"{self.venv / 'bin'}:{SYSTEM_PATH}"
        return {"PATH": path, "PYTHONPATH": str(self.packages), **compose.image_environment()}


def build_image(folder: Path) -> Image:
    """What the Dockerfile builds, without the network: the locked packages are those of this test session."""
    image = Image(folder / "venv", folder / "packages")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    _run(sys.executable, "-m", "venv", "--without-pip", str(image.venv))
    (wheel,) = folder.glob("*.whl")
    install = ("uv", "pip", "install", "--offline", "--no-deps", "--python", str(image.venv / "bin" / "python"))
    _run(sys.executable, "-m", *install, str(wheel))
    image.packages.mkdir()
    locked = {
        canonicalize_name(name)
        for name in re.findall(r"^([\w.-]+)==", (ROOT / "runtime.lock").read_text(), re.MULTILINE)
    }
    for distribution in metadata.distributions():
        if canonicalize_name(distribution.metadata["Name"]) in locked:
            for top in {
                path.parts[0] for path in distribution.files or [] if path.parts[0] not in {"..", "__pycache__"}
            }:
                link = image.packages / top
                if not link.exists():
                    link.symlink_to(Path(str(distribution.locate_file(top))).resolve())
    return image


def _run(*words: str, cwd: Path | None = None) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=cwd, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def _privileges(service: compose.Service) -> list[str]:
    """The words that take from a command what the service may not have."""
    words = ["setpriv"]
    if "no-new-privileges:true" in service.definition.get("security_opt", []):
        words.append("--no-new-privs")
    if "ALL" in service.definition.get("cap_drop", []):
        words += ["--bounding-set=-all", "--inh-caps=-all"]
    return words


class Containers:
    """Use as ``with``. A second container of a service is named as ``worker-2``."""

    def __init__(
        self, folder: Path, image: Image, variables: Mapping[str, str], more: Mapping[str, str], *names: str
    ) -> None:
        """variables: of compose.yaml; more: environment of our own services beside what stands there.
        names: hosts that are here as well.
        """
        self._names = names
        self.folder = homes.prepare(folder)
        self.services = compose.services(variables)
        self._image, self._more = image, more
        self._running: dict[str, LockedProcess] = {}

    def __enter__(self) -> Containers:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        hosts = self.folder / "hosts"
        hosts.write_text(HOSTS.format(names=" ".join((*self.services, *self._names))))
        script = f"ip link set lo up && mount --bind {hosts} /etc/hosts && echo ready && exec sleep infinity"
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._holder.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in reversed(self._running.values()):
            process.send(signal.SIGKILL)
            process.gone_within(5.0)
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()

    def service(self, name: str) -> compose.Service:
        return self.services[name.partition("-")[0]]

    def environ(self, name: str) -> dict[str, str]:
        """What its processes see; nothing of this test session's own."""
        service = self.service(name)
        if service.ours:
            return {**self._image.environ, **self._more, **service.environment}
        return {"PATH": f"{self._servers()}:{SYSTEM_PATH}", "PGDATA": str(self.folder / "data"), **service.environment}

    def _servers(self) -> str:
        """Where the servers' programs are."""
        client = self.folder / "valkey-cli"
        if not client.exists() and not shutil.which("valkey-cli"):
            if found := shutil.which("redis-cli"):
                client.symlink_to(found)
            else:
                client.write_text(CLIENT.format(python=sys.executable))
                client.chmod(0o755)
        return f"{Path(postgres.binary('postgres')).parent}:{Path(valkey.binary()).parent}:{self.folder}"

    def _inside(self, name: str) -> list[str]:
        root = self.folder / name
        root.mkdir(exist_ok=True)
        enter = ["nsenter", "--target", str(self._holder.pid), "--net", "--mount"]
        return [*enter, *_privileges(self.service(name)), "env", "-C", str(root)]

    def words(self, name: str) -> list[str]:
        """Its command, behind the image's entry point."""
        service = self.service(name)
        return [*(["automate"] if service.ours else []), *service.command]

    def start(self, name: str) -> None:
        words = unprivileged.wrapper() if name == "postgres" else ()
        if name == "postgres":
            self._make_data(words)
        self._running[name] = spawn(
            [*self._inside(name), *words, *self.words(name)],
            lock=self.folder / "locks" / name,
            log=self.folder / "log" / name,
            environ=self.environ(name),
            death_signal=signal.SIGKILL,
        )

    def _make_data(self, words: tuple[str, ...]) -> None:
        """As the entry point of PostgreSQL's image does it: a data folder whose superuser has POSTGRES_PASSWORD."""
        data, password = self.folder / "data", self.folder / "password"
        if data.exists():
            return
        data.mkdir(mode=0o700)
        unprivileged.give(data, words)
        homes.write_private(password, self.service("postgres").environment["POSTGRES_PASSWORD"])
        options = ("--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256", f"--pgdata={data}")
        command = [*words, postgres.binary("initdb"), *options]
        subprocess.run(command, check=True, capture_output=True, env=server_environ())
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("listen_addresses = '*'\nunix_socket_directories = ''\n")

    def run_once(self, name: str) -> None:
        """Start it and wait for its success."""
        self.start(name)
        assert self._running[name].gone_within(60.0), self.said(name)
        assert self._running[name].returncode() == 0, self.said(name)

    def run(self, name: str, *words: str, **environ: str) -> str:
        """Run a command beside a service, as ``docker compose exec`` does; what it prints."""
        done = subprocess.run(
            [*self._inside(name), *words],
            check=False,
            capture_output=True,
            text=True,
            env={**self.environ(name), **environ},
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self) -> None:
        """Each service once what it waits for is there, as Compose does it."""
        met: set[tuple[str, str]] = set()
        left = dict(self.services)
        while left:
            name = next(name for name, one in left.items() if set(one.awaited.items()) <= met)
            service = left.pop(name)
            if service.runs_on:
                self.start(name)
                self.until_healthy(name)
                met.add((name, "service_healthy"))
            else:
                self.run_once(name)
                met.add((name, "service_completed_successfully"))

    def health(self, name: str) -> tuple[bool, str]:
        """What its check says, as the engine would run it: beside the process, with the same environment."""
        service = self.service(name)
        try:
            done = subprocess.run(
                [*self._inside(name), *service.check],
                check=False,
                capture_output=True,
                text=True,
                env=self.environ(name),
                timeout=service.check_seconds,
            )
        except subprocess.TimeoutExpired:
            return False, "the check took too long"
        return done.returncode == 0, done.stdout + done.stderr

    def healthy(self, name: str) -> bool:
        return self.health(name)[0]

    def until_healthy(self, *names: str, seconds: float = 60.0) -> None:
        for name in names:
            self._until(lambda name=name: self.healthy(name), seconds, f"{name} to be healthy")  # type: ignore[misc]

    def until_sick(self, *names: str, seconds: float = 60.0) -> dict[str, str]:
        """Returns what each check says."""
        for name in names:
            self._until(lambda name=name: not self.healthy(name), seconds, f"{name} to be unhealthy")  # type: ignore[misc]
        return {name: self.health(name)[1] for name in names}

    def _until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            name = what.partition(" ")[0]
            assert time.monotonic() < deadline, f"waited for {what}: {self.health(name)[1]}\n{self.said(name)}"
            time.sleep(POLL_SECONDS)

    def send(self, number: signal.Signals, *names: str) -> None:
        for name in names:
            self._running[name].send(number)

    def ended(self, name: str, seconds: float) -> int | None:
        """Its exit status once it has ended, None where it lives on."""
        self._running[name].gone_within(seconds)
        return self._running[name].returncode()

    def said(self, name: str) -> str:
        return "\n".join(homes.last_lines(self.folder / "log" / name))

    def round_at(self, name: str) -> float:
        """When a process without a port did its last round, in seconds since 1970."""
        home = self.folder / name / homes.DEFAULT_HOME
        return (home / "health" / name.partition("-")[0]).stat().st_mtime
