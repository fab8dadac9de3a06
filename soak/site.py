"""The installation under test: servers, processes and a receiver. Each of them can be broken."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from automate.project.reaching import LOOPBACK
from tests.support.clusters import Cluster, running_cluster
from tests.support.processes import ROOT, SOURCE, Platform, environ_of

PROCESSES = ("web", "relay", "worker", "worker-2", "scheduler")


@dataclass(frozen=True)
class Limits:
    """The limits of a tenant."""

    slug: str
    most_at_once: int
    """Concurrent runs."""
    most_runs: int
    """Runs in total; further runs are rejected."""


class Site(Platform):
    """sabotage: kinds of process that run with a sabotage of ``tests.support.sabotage``."""

    def __init__(self, home: Path, cluster: Cluster, sabotage: Mapping[str, str]) -> None:
        super().__init__(home, cluster.database)
        self.cluster = cluster
        self.tokens: Mapping[str, str] = {}
        self._sabotage = sabotage

    def module(self, kind: str, sabotage: str) -> list[str]:
        mischief = sabotage or self._sabotage.get(kind, "")
        return ["soak.process", kind, *([mischief] if mischief else [])]

    def environ(self, name: str) -> dict[str, str]:
        owner = {"AUTOMATE_ADMIN_DATABASE_URL": self.database.admin_url} if name == "scheduler" else {}
        return {**super().environ(name), **owner}

    def hooks_of(self, tenant: str) -> str:
        return f"{self.base_url}/t/{tenant}/hooks/{SOURCE}"

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def prepare_tenants(self, limits: Sequence[Limits]) -> None:
        wanted = [vars(each) for each in limits]
        done = subprocess.run(
            [sys.executable, "-m", "soak.prepare", json.dumps(wanted)],
            check=True,
            env={**self.environ("scheduler"), "DATABASE_URL": self.database.admin_url},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tokens = json.loads(done.stdout.splitlines()[-1])

    def revive(self) -> list[str]:
        """Restart all processes that have ended, as a supervisor does. Returns their names."""
        ended = [name for name, process in self._running.items() if not process.alive()]
        for name in ended:
            self.start(name)
        return ended

    def freeze(self, name: str) -> None:
        """Stop a process without waiting until it is stopped: it may just have ended."""
        self._running[name].send(signal.SIGSTOP)

    def alive(self) -> set[str]:
        return {name for name, process in self._running.items() if process.alive()}

    def superuser(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A session that sees all rows. Raises psycopg.OperationalError while PostgreSQL is unavailable."""
        return psycopg.connect(self.database.superuser_url, autocommit=True, connect_timeout=5)


class Outside:
    """The receiver's process and its record."""

    def __init__(self, home: Path, forgets: int) -> None:
        self.record = home / "receiver.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "soak.receiver", str(self.record), str(forgets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ_of(home),
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def feel(self, mood: str, seconds: float) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{mood} {seconds}\n")
        self._process.stdin.flush()

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def running_site(
    home: Path, limits: Sequence[Limits], *, sabotage: Mapping[str, str], forgets: int
) -> Iterator[tuple[Site, Outside]]:
    """Start all processes and create the tenants with their workflows. forgets: see ``soak.receiver``."""
    with running_cluster(home / "cluster") as cluster, Site(home / "site", cluster, sabotage) as site:
        site.prepare_tenants(limits)
        outside = Outside(home, forgets)
        try:
            site.start_all(*PROCESSES)
            yield site, outside
        finally:
            outside.stop()
