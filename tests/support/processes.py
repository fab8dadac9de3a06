"""The platform's real processes against a database and a Valkey of their own, to be killed, frozen and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
from typing_extensions import Self

from automate.devserver import valkey
from automate.devserver.held import LockedProcess, spawn
from automate.devserver.ports import free_port
from automate.devserver.server import Server
from automate.kernel.limits import LIMITS
from automate.kernel.roles import LOGIN_OF
from automate.project import home as homes
from automate.project.reaching import LOOPBACK

ROOT = Path(__file__).parents[2]
READY_SECONDS = 40.0
POLL_SECONDS = 0.02
SECRET_KEY = "a secret of the fault tests, long enough to sign with"

LEASE_SECONDS = 3.0
RECOVERY_SECONDS = LEASE_SECONDS + 5.0
"""Whatever died, its work has to go on within this time."""

WINDOW_JOBS = 16

KNOBS: Mapping[str, str] = {
    "AUTOMATE_LEASE_SECONDS": str(LEASE_SECONDS),
    "AUTOMATE_HEARTBEAT_SECONDS": "1",
    "AUTOMATE_RESEND_SECONDS": "2",
    "AUTOMATE_RELAY_WINDOW_JOBS": str(WINDOW_JOBS),
    "AUTOMATE_RELAY_BATCH_JOBS": "8",
    "AUTOMATE_WORKER_THREADS": "4",
    "AUTOMATE_DATABASE_POOL_SIZE": "8",
}
ERRORS = "errors { code message details }"
SAVE_SOURCE = f"mutation($input: SaveSourceInput!) {{ saveSource(input: $input) {{ {ERRORS} }} }}"
SAVE_WORKFLOW = f"mutation($input: SaveWorkflowInput!) {{ saveWorkflow(input: $input) {{ {ERRORS} }} }}"
PUBLISH = f"mutation($input: PublishWorkflowInput!) {{ publishWorkflow(input: $input) {{ {ERRORS} }} }}"
SAVE_RULE = f"mutation($input: SaveRuleInput!) {{ saveRule(input: $input) {{ {ERRORS} }} }}"

TENANT, SOURCE, WORKFLOW = "acme", "shop", "tell-the-world"
WEBHOOK_SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@dataclass(frozen=True)
class Database:
    """A migrated database with the demo's tenants. app_url: of the login that all processes share in an older installation.
    superuser_url: of this database. tokens: by tenant slug. login_urls: of the login of each process, empty where all share one.
    """

    app_url: str
    admin_url: str
    superuser_url: str
    tokens: Mapping[str, str]
    login_urls: Mapping[str, str] = field(default_factory=dict)

    def url_of(self, process: str) -> str:
        """What a process has in DATABASE_URL. process: such as ``worker-2``."""
        return self.login_urls.get(LOGIN_OF.get(process.partition("-")[0], ""), self.app_url)


def environ_of(home: Path, **values: str) -> dict[str, str]:
    """The environment of a process of the platform: nothing of this test session's own settings."""
    outside = ("DATABASE_URL", "REDIS_URL", "AUTOMATE_ADMIN_DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if name not in outside and not name.startswith("PG")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "automate.project.settings",
        "AUTOMATE_SECRET_KEY": SECRET_KEY,
        "AUTOMATE_HOME": str(home),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "PYTHONUNBUFFERED": "1",
        **values,
    }


def migrate(home: Path, app_url: str, admin_url: str) -> dict[str, str]:
    """All tables and the demo's tenants, of which acme may call 127.0.0.1. Returns the tokens by slug."""
    tokens = home / "tokens.json"
    subprocess.run(
        [sys.executable, "-m", "automate.cli", "migrate", "--demo-tokens", str(tokens)],
        check=True,
        env=environ_of(home, DATABASE_URL=app_url, AUTOMATE_ADMIN_DATABASE_URL=admin_url),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    read: dict[str, str] = json.loads(tokens.read_text(encoding="utf-8"))
    return read


class Platform:
    """Processes by name: ``web relay worker``, and more of a kind as ``worker-2``. Use as ``with``.

    deaths: how often a process was found dead by ``until`` and started again, by name.
    detours: what the environment of processes says instead, such as a proxy's URL for the database's.
    """

    def __init__(self, home: Path, database: Database, **knobs: str) -> None:
        self.home, self.database = homes.prepare(home), database
        self.port = free_port()
        self.deaths: dict[str, int] = {}
        self.detours: dict[str, str] = {}
        self._knobs = {**KNOBS, **knobs}
        self._running: dict[str, LockedProcess] = {}
        self._log_starts: dict[str, int] = {}
        self._kept: dict[str, str] = {}
        self._metrics_ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.valkey: Server = valkey.PROGRAM.start(self.home, lambda _line: None, death_signal=signal.SIGKILL)
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in self._running.values():
            process.send(signal.SIGCONT)
            process.send(signal.SIGKILL)
        for process in self._running.values():
            process.gone_within(5.0)
        self.valkey.process.send(signal.SIGCONT)
        self.valkey.stop()

    @property
    def hooks_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/t/{TENANT}/hooks/{SOURCE}"

    def metrics_url(self, name: str) -> str:
        """Of a process that was started."""
        return f"http://{LOOPBACK}:{self._metrics_ports[name]}/metrics"

    def environ(self, name: str) -> dict[str, str]:
        values = {
            "DATABASE_URL": self.database.url_of(name),
            "REDIS_URL": self.valkey.url,
            "AUTOMATE_PORT": str(self.port),
            "AUTOMATE_BASE_URL": f"http://{LOOPBACK}:{self.port}",
            "AUTOMATE_PROCESS": name,
            "AUTOMATE_METRICS_BIND": f"{LOOPBACK}:{self._metrics_ports.setdefault(name, free_port())}",
        }
        return environ_of(self.home, **{**values, **self._knobs, **self.detours})

    def start(self, name: str, *, sabotage: str = "") -> LockedProcess:
        """Start a process. sabotage: run this mischief of ``tests.support.sabotage`` in its place."""
        log = self.log(name)
        self._log_starts[name] = log.stat().st_size if log.exists() else 0
        self._running[name] = spawn(
            [sys.executable, "-m", *self.module(name.partition("-")[0], sabotage)],
            lock=self.home / "locks" / name,
            log=log,
            environ=self.environ(name),
            death_signal=signal.SIGKILL,
        )
        return self._running[name]

    def module(self, kind: str, sabotage: str) -> list[str]:
        """What is run as a process of this kind, with its arguments."""
        return ["tests.support.sabotage", sabotage] if sabotage else ["automate.cli", kind]

    def start_all(self, *names: str) -> None:
        """Start processes side by side, and wait until each is at work."""
        for name in names:
            self.start(name)
        for name in names:
            self.await_ready(name)

    def keep(self, name: str, *, sabotage: str = "") -> None:
        """Start a process, and start it again whenever ``until`` finds it dead, as the supervisor does."""
        self._kept[name] = sabotage
        self.start(name, sabotage=sabotage)

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        self._running[name].send(signal.SIGKILL)
        assert self._running[name].gone_within(5.0)

    def ask_to_end(self, name: str) -> None:
        """SIGTERM, as an orderly stop sends it."""
        self._kept.pop(name, None)
        self._running[name].send(signal.SIGTERM)

    def await_end(self, name: str) -> None:
        """Until what was asked to end is gone. Asking twice would kill a process that is about to exit."""
        assert self._running[name].gone_within(10.0), self.tail(name)

    def end(self, name: str) -> None:
        """Ask it to end, and wait until it is gone."""
        self.ask_to_end(name)
        self.await_end(name)

    def ports_of(self, name: str) -> set[int]:
        """Its ends of all its TCP connections."""
        connections = psutil.Process(self._running[name].pid).net_connections("tcp")
        return {connection.laddr.port for connection in connections}

    def freeze(self, name: str) -> None:
        """As a virtual machine that is paused: it lives, holds what it holds, and does nothing."""
        self._running[name].send(signal.SIGSTOP)
        process = psutil.Process(self._running[name].pid)
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)

    def thaw(self, name: str) -> None:
        self._running[name].send(signal.SIGCONT)

    def returncode(self, name: str) -> int | None:
        return self._running[name].returncode()

    def log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def said(self, name: str, text: str, *, ever: bool = False) -> int:
        """In how many lines the process has logged a text since its start. ever: also before that."""
        with self.log(name).open("rb") as log:
            log.seek(0 if ever else self._log_starts[name])
            return sum(text.encode() in line for line in log)

    def tail(self, name: str) -> str:
        return "\n".join(homes.last_lines(self.log(name)))

    def await_ready(self, name: str) -> None:
        kind = name.partition("-")[0]
        ready = {"web": self._web_answers, "worker": lambda: self.said(name, "worker started") > 0}.get(kind)
        if ready is not None:
            self.until(ready, READY_SECONDS, f"{name} to be at work; its log ends: {self.tail(name)}")

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> float:
        """Wait for a condition, and return after how many seconds it was true. Restarts what is kept and died."""
        started = time.monotonic()
        while not condition():
            for name, sabotage in self._kept.items():
                if not self._running[name].alive():
                    self.deaths[name] = self.deaths.get(name, 0) + 1
                    self.start(name, sabotage=sabotage)
            assert time.monotonic() < started + seconds, f"waited {seconds} s for {what}{self._obituaries()}"
            time.sleep(POLL_SECONDS)
        return time.monotonic() - started

    def _obituaries(self) -> str:
        dead = [name for name, process in self._running.items() if not process.alive()]
        return "".join(f"\n{name} is dead ({self.returncode(name)}); its log ends:\n{self.tail(name)}" for name in dead)

    def _web_answers(self) -> bool:
        return self.ready_status() == http.HTTPStatus.OK

    def ready_status(self) -> int:
        """What web answers at ``/readyz``; 0 for no answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def restart_valkey(self) -> None:
        """Again on its port, after a kill; it keeps nothing."""
        assert self.valkey.process.gone_within(5.0)
        self.valkey = valkey.PROGRAM.start(self.home, lambda _line: None, death_signal=signal.SIGKILL)

    def install(self, receiver_url: str) -> None:
        """A source, a workflow that tells the receiver of each event, and a rule: through the API, on a running web."""
        when = {"==": [{"var": "type"}, "order.created"]}
        rate = {"perSecond": LIMITS.source_per_second, "burst": LIMITS.source_burst}
        source = {"slug": SOURCE, "scheme": "STANDARD_WEBHOOKS", "secrets": [WEBHOOK_SECRET]}
        self.mutate(SAVE_SOURCE, {**source, "intake": {"rateLimit": rate}})
        self.publish(receiver_url)
        self.mutate(SAVE_RULE, {"slug": "orders", "name": "Orders", "workflow": WORKFLOW, "when": when})

    def publish(self, receiver_url: str, **more: Any) -> None:
        """The workflow. more: of its step that tells, such as how often it is tried."""
        step: dict[str, Any] = {
            "key": "tell",
            "uses": "http.request",
            "with": {
                "method": "POST",
                "url": receiver_url,
                "json": {"n": "{{ event.payload.n }}", "poison": "{{ event.payload.poison }}"},
            },
            **more,
        }
        note = {"key": "note", "uses": "log.write", "with": {"message": "told {{ steps.tell.output.json.serial }}"}}
        definition = {"schema": 1, "steps": [step, note]}
        self.mutate(SAVE_WORKFLOW, {"slug": WORKFLOW, "name": "Tell", "definition": definition})
        self.mutate(PUBLISH, {"workflow": WORKFLOW})

    def mutate(self, document: str, values: Mapping[str, Any]) -> None:
        """A mutation that has to go through, by the owner of the tenant."""
        headers = {"Authorization": f"Bearer {self.database.tokens[TENANT]}"}
        body = {"query": document, "variables": {"input": dict(values)}}
        url = f"http://{LOOPBACK}:{self.port}/graphql"
        answer = httpx2.post(url, json=body, headers=headers, timeout=15, trust_env=False).json()
        assert "errors" not in answer, answer
        assert all(payload["errors"] == [] for payload in answer["data"].values()), answer

    def call(self, module: str, *arguments: str) -> str:
        """Run a helper module of the tests against this platform's database; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            check=True,
            env=self.environ("test"),
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()
