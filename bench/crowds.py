"""The scenes of ``bench.crowd``. Imported after Django's setup."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.outbox.wakeups import wake_relay
from bench.due_order import INDEX
from bench.figure import Figure, figure, percentile, ratio_figure
from bench.limits import limit_a_and_its_cost
from bench.memory import private_megabytes
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import accept, log_step, make_tenant, set_up
from tenants.provisioning import migrate

POLL_SECONDS = 0.05
GIVE_UP_SECONDS = 600.0
ALONE_SECONDS = 10.0
PROBE_SECONDS = 0.25
RULE = "crowd"
MAKERS = 4
"""The number of threads that create tenants."""
LIMIT_SECONDS = 4.0
LIMIT = "limit_a_1_steps"
LEAST_OF_LIMIT = 0.75
"""The target for one tenant alone, as a share of limit A."""
WARM_SHARES = {40: 0.8, 200: 0.6, 1_000: 0.4}
"""The target by the number of tenants, as a share of one tenant's throughput."""
COLD_SHARES = {1_000: 0.25}
"""The same for the first round, in which no process knows the tenants."""
WORKER_MB = 1_500.0
"""The target for PostgreSQL's private memory, for each worker. The sessions of a worker take most of it (``docs/deploy.md``)."""
MIGRATE_SECONDS = 10.0
"""The target for ``automate migrate`` when no tenant lacks a migration."""

PAUSE = "UPDATE outbox_lane SET paused = %s WHERE tenant_id = ANY (%s)"
OPEN = "SELECT EXISTS (SELECT 1 FROM outbox_job WHERE open AND tenant_id = ANY (%s))"
RUNS = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'succeeded'"
DELAYS = """
SELECT extract(epoch FROM r.started_at - e.received_at)::float FROM execution_run r JOIN event e ON e.id = r.event_id
WHERE e.id = ANY (%s) ORDER BY 1
"""


@dataclass(frozen=True)
class Scene:
    """A scene. events: of each tenant."""

    name: str
    tenants: int
    events: int

    @classmethod
    def named(cls, name: str, runs: int) -> Scene:
        tenants, _, events = name.partition("x")
        return cls(name, int(tenants), int(events) if events else runs // int(tenants))


@dataclass(frozen=True)
class Drained:
    """The result. cpu: processor time by kind of process, in milliseconds for a run."""

    runs_per_s: float
    cpu: dict[str, float]


def _made(slug: str) -> TenantRef:
    tenant = make_tenant(slug)
    set_up(tenant, RULE, [log_step("s0")])
    return tenant


class Crowd:
    """in_due_order: with a relay that is not fair."""

    def __init__(self, system: System, runs: int, rounds: int, *, in_due_order: bool = False) -> None:
        self._system, self._runs, self._in_due_order = system, runs, in_due_order
        self._rounds = Rounds(rounds)
        self._tenants: list[TenantRef] = []

    def measure(self, scenes: Sequence[str], floods: Sequence[str]) -> list[Figure]:
        """Runs/s of each scene and its ratios to the first scene and to limit A; delays during each flood; PostgreSQL's
        private memory; the time of a migration without work."""
        drained, flooded = ([Scene.named(name, self._runs) for name in names] for names in (scenes, floods))
        self._start(max(scene.tenants for scene in [*drained, *flooded]))
        self._drain(self._tenants[:1], self._runs // 4)
        if drained:
            self._throughput(drained)
        for scene in flooded:
            self._flood(scene)
        most = WORKER_MB * len(self._system.workers)
        self._rounds.add(figure("postgresql_private_memory", [private_megabytes(self._system)], "MB", at_most=most))
        name = f"migrate_{len(self._tenants)}_tenants_that_lack_nothing"
        self._rounds.add(figure(name, [self._migrate_seconds()], "s", at_most=MIGRATE_SECONDS))
        return self._rounds.figures

    def _migrate_seconds(self) -> float:
        """The time of the command ``automate migrate``, with the start of its process."""
        environ = {**self._system.environ, "AUTOMATE_ADMIN_DATABASE_URL": self._system.servers.database.admin_url}
        began = time.perf_counter()
        command = [sys.executable, "-m", "automate.cli", "migrate"]
        subprocess.run(command, env=environ, check=True, capture_output=True)
        return time.perf_counter() - began

    def _start(self, tenants: int) -> None:
        began = time.perf_counter()
        migrate()
        with ThreadPoolExecutor(MAKERS) as makers:
            self._tenants = list(makers.map(_made, (f"crowd-{number}" for number in range(tenants))))
        self._other = _made("other")
        self._rounds.say(f"{tenants} tenants, made in {time.perf_counter() - began:.0f} s")
        if self._in_due_order:
            with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
                owner.execute(INDEX)
        self._system.start("relay", *(("-m", "bench.due_order") if self._in_due_order else ()))
        for name in self._system.workers:
            self._system.start(name)

    def _throughput(self, scenes: Sequence[Scene]) -> None:
        found: dict[str, list[float]] = {scene.name: [] for scene in scenes}
        cost: dict[str, list[float]] = {scene.name: [] for scene in scenes}
        limits: list[float] = []
        limit_cost: list[float] = []
        for number in range(1, self._rounds.count + 1):
            rate, each = limit_a_and_its_cost(self._system, 1, LIMIT_SECONDS)
            limits.append(rate)
            limit_cost.append(each)
            self._rounds.say(f"  round {number}: {LIMIT} {rate:,.0f} events/s; {each:.2f} ms/event")
            for scene in scenes:
                drained = self._drain(self._tenants[: scene.tenants], scene.events)
                found[scene.name].append(drained.runs_per_s)
                cost[scene.name].append(sum(drained.cpu.values()))
                cpu = " ".join(f"{kind} {each:.2f}" for kind, each in drained.cpu.items())
                memory = private_megabytes(self._system)
                self._rounds.say(
                    f"  round {number}: {scene.name} {drained.runs_per_s:,.0f} runs/s; ms/run: {cpu}; PostgreSQL {memory:,.0f} MB"
                )
        self._rounds.add(figure(LIMIT, limits, "ev/s"))
        for scene in scenes:
            rates = found[scene.name][1:] or found[scene.name]
            self._rounds.add(figure(f"crowd_{scene.name}", rates, "runs/s"))
            if scene.tenants == 1:
                self._add_share_of_limit(scene.name, found[scene.name], limits)
            spent = ratio_figure(
                f"crowd_{scene.name}_cpu_of_a_run", cost[scene.name], "ms", of=f"an event of {LIMIT}", others=limit_cost
            )
            self._rounds.add(spent)
        first = scenes[0]
        for scene in scenes[1:]:
            for what, part, targets in (("cold", slice(0, 1), COLD_SHARES), ("warm", slice(1, None), WARM_SHARES)):
                pairs = zip(found[scene.name][part], found[first.name][part], strict=True)
                target = targets.get(scene.tenants) if first.tenants == 1 else None
                if ratios := [mine / one for mine, one in pairs]:
                    name = f"crowd_{scene.name}_{what}_of_{first.name}"
                    self._rounds.add(figure(name, ratios, "times", at_least=target))

    def _add_share_of_limit(self, name: str, rates: Sequence[float], limits: Sequence[float]) -> None:
        ratios = [mine / limit for mine, limit in zip(rates, limits, strict=True)]
        warm = ratios[1:] or ratios
        self._rounds.add(figure(f"crowd_{name}_of_{LIMIT}", warm, "times", at_least=LEAST_OF_LIMIT))

    def _flood(self, scene: Scene) -> None:
        until = time.monotonic() + ALONE_SECONDS
        alone = self._delays(lambda: time.monotonic() > until)
        flood = self._tenants[: scene.tenants]
        with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
            ids = [tenant.id for tenant in flood]
            owner.execute(PAUSE, [True, ids])
            for tenant in flood:
                accept(tenant, RULE, scene.events)
            owner.execute(PAUSE, [False, ids])
            began = time.perf_counter()
            wake_relay()
            beside = self._delays(lambda: not owner.execute(OPEN, [ids]).fetchall()[0][0])
            took = time.perf_counter() - began
        self._rounds.add(figure(f"flood_{scene.name}", [scene.tenants * scene.events / took], "runs/s"))
        for what, delays in (("alone", alone), ("beside", beside)):
            for share in (0.5, 0.95):
                value = 1_000 * percentile(delays, share)
                self._rounds.add(figure(f"flood_{scene.name}_{what}_p{share * 100:.0f}", [value], "ms"))

    def _delays(self, over: Callable[[], bool]) -> list[float]:
        """The delays from the acceptance of another tenant's events to the start of their runs, sorted, in seconds."""
        events: list[uuid.UUID] = []
        while not over():
            events += accept(self._other, RULE, 1)
            wake_relay()
            time.sleep(PROBE_SECONDS)
        self._await([self._other])
        with acting_for(self._other):
            delays = [delay for (delay,) in fetch(DELAYS, [events])]
        assert len(delays) == len(events), f"{len(delays)} of {len(events)} runs began"
        return delays

    def _await(self, tenants: Sequence[TenantRef]) -> float:
        """Wait until the tenants have no open job. Returns the seconds."""
        ids = [tenant.id for tenant in tenants]
        started = time.perf_counter()
        with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
            while owner.execute(OPEN, [ids]).fetchall()[0][0]:
                assert time.perf_counter() - started < GIVE_UP_SECONDS, "jobs are still open"
                time.sleep(POLL_SECONDS)
        return time.perf_counter() - started

    def _drain(self, tenants: Sequence[TenantRef], events: int) -> Drained:
        """Accept events while the tenants' lanes are closed, open all lanes, and measure until no job is open.

        Raises AssertionError for a missing run.
        """
        ids = [tenant.id for tenant in tenants]
        with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
            owner.execute(PAUSE, [True, ids])
            accepted = [accept(tenant, RULE, events) for tenant in tenants]
            before = self._system.cpu_seconds()
            owner.execute(PAUSE, [False, ids])
            wake_relay()
            took = self._await(tenants)
        spent = {kind: seconds - before[kind] for kind, seconds in self._system.cpu_seconds().items()}
        for tenant, event_ids in zip(tenants, accepted, strict=True):
            with acting_for(tenant):
                ((runs,),) = fetch(RUNS, [event_ids])
            assert runs == events, f"{tenant.slug}: {runs} of {events} runs"
        count = events * len(tenants)
        return Drained(count / took, {kind: 1_000 * seconds / count for kind, seconds in spent.items()})
