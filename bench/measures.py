"""The figures, each measured in turn with what it is compared with. Imported once Django is ready."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings

from automate.kernel.tenancy import TenantRef, acting_for
from automate.rules.services import save_rule
from automate.triggers.sources import save_source
from bench.backlog import dispatch_milliseconds
from bench.counts import count_drain
from bench.door import accepted_per_second, idle_latencies, percentile
from bench.drain import drain
from bench.figure import Figure, figure, ratio_figure
from bench.limits import limit_a
from bench.receiver import receiver
from bench.system import System
from bench.tenant import close_lane, log_step, make_tenant, post_step, set_up
from bench.tenants import ready_seconds
from bench.waits import WAKING_SECONDS, waits
from tenants.provisioning import migrate

LIMIT_SECONDS = 4.0
DOOR_SECONDS = 5.0
LATENCY_COUNT = 40
IDLE_WATCH_SECONDS = 15.0
WAITING_RUNS = 10_000


class Bench:
    def __init__(self, system: System, rounds: int, events: int, tenants: int) -> None:
        self.system = system
        self.rounds = rounds
        self.events = events
        self.tenants = tenants
        self.figures: list[Figure] = []
        self.cpu: dict[str, list[dict[str, float]]] = {}

    def run(self) -> list[Figure]:
        """Everything, in an order that lets each measurement have the system it needs."""
        migrate()
        tenant = make_tenant("bench")
        for name in ("web", "relay", *self.system.workers, "scheduler"):
            self.system.start(name)
        self.system.wait_until_ready()
        self.idle()
        self.throughput(tenant)
        self.posts(tenant)
        self.waiting(tenant)
        self.door(tenant)
        for name in ("relay", *self.system.workers):
            self.system.stop(name)
        self.dispatch()
        self.counts(make_tenant("counted"))
        close_lane(tenant, paused=False)
        for name in ("relay", *self.system.workers):
            self.system.start(name)
        self.many_tenants()
        return self.figures

    def say(self, text: str) -> None:
        print(text, flush=True)

    def add(self, measured: Figure) -> None:
        self.figures.append(measured)
        self.say(f"  {measured}")

    def alternate(self, **measures: Callable[[], float]) -> dict[str, list[float]]:
        """Each measure in turn, round by round, so that a slow moment of the machine hits all of them alike."""
        found: dict[str, list[float]] = {name: [] for name in measures}
        for number in range(1, self.rounds + 1):
            for name, measure in measures.items():
                value = measure()
                found[name].append(value)
                self.say(f"    round {number} of {self.rounds}: {name} {value:.0f}")
        return found

    def throughput(self, tenant: TenantRef) -> None:
        for steps in (1, 3, 10):
            self.say(f"(a) limit A and (b) a backlog with {steps} log.write step(s), {self.events} events a round")
            name = f"log{steps}"
            set_up(tenant, name, [log_step(f"s{number}") for number in range(steps)])
            drain(self.system, tenant, name, self.events // 4, steps)
            found = self.alternate(
                limit_a=partial(limit_a, self.system.superuser_url, steps, LIMIT_SECONDS),
                ours=partial(self.drained, tenant, name, steps),
            )
            limit = f"limit_a_{steps}_steps"
            self.add(figure(limit, found["limit_a"], "ev/s"))
            self.add(
                ratio_figure(
                    f"log_write_{steps}_steps", found["ours"], "ev/s", of=limit, others=found["limit_a"], at_least=0.35
                )
            )
            self.add_cpu(name)

    def drained(self, tenant: TenantRef, name: str, steps: int) -> float:
        drained = drain(self.system, tenant, name, self.events, steps)
        self.cpu.setdefault(name, []).append(drained.cpu_ms_per_run)
        return drained.runs_per_s

    def add_cpu(self, name: str) -> None:
        """What a run costs in processor time, by kind of process: it tells more of us, and less of the machine, than a rate."""
        rounds = self.cpu[name]
        for kind in ("relay", "worker", "servers"):
            self.add(figure(f"cpu_of_{kind}_per_{name}_run", [spent[kind] for spent in rounds], "ms"))

    def posts(self, tenant: TenantRef) -> None:
        with receiver() as target:
            for steps in (1, 3):
                self.say(f"(b) the same with {steps} loopback POST step(s), beside the bare client")
                name = f"post{steps}"
                set_up(tenant, name, [post_step(f"s{number}", target.url) for number in range(steps)])
                drain(self.system, tenant, name, self.events // 4, steps)

                def ours(name: str = name, steps: int = steps) -> float:
                    before = target.received
                    rate = self.drained(tenant, name, steps)
                    assert target.received - before == self.events * steps, (
                        "a POST is missing, or there is one too many"
                    )
                    return rate * steps

                found = self.alternate(bare=lambda: self.bare_posts(target.url), ours=ours)
                self.add(figure(f"bare_posts_beside_{steps}_steps", found["bare"], "req/s"))
                self.add(
                    ratio_figure(
                        f"post_{steps}_steps",
                        found["ours"],
                        "req/s",
                        of=f"bare_posts_beside_{steps}_steps",
                        others=found["bare"],
                        at_least=0.5,
                    )
                )
                self.add_cpu(name)

    def waiting(self, tenant: TenantRef) -> None:
        self.say(f"{WAITING_RUNS} runs that wait, then wake within {WAKING_SECONDS:g} s")
        found = waits(self.system, tenant, WAITING_RUNS)
        self.add(figure("cpu_while_runs_wait", [found.cpu_percent], "% core", at_most=5))
        self.add(figure("wake_lateness_p99", [percentile(found.lateness, 0.99)], "s", at_most=1))

    def bare_posts(self, url: str) -> float:
        command = [sys.executable, "-m", "bench.bare_client", url, "--count", str(self.events), "--concurrency", "16"]
        return float(
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["posts_per_s"]
        )

    def door(self, tenant: TenantRef) -> None:
        with acting_for(tenant):
            for slug in ("flood", "lone"):
                save_source(slug=slug, scheme="UNSIGNED", secrets=None, options=None, expected_revision=None)
        set_up(tenant, "lone", [log_step("s0")])
        with acting_for(tenant):
            save_rule(
                slug="lone",
                name="lone",
                workflow="lone",
                when={"==": [{"var": "source"}, "lone"]},
                expected_revision=None,
            )
        self.say("(d) a lone webhook until its run has finished, idle system")
        ordered = idle_latencies(self.system.port, tenant, "lone", LATENCY_COUNT * self.rounds)
        rounds = [sorted(ordered[number :: self.rounds]) for number in range(self.rounds)]
        self.add(figure("idle_latency_p50", [percentile(each, 0.5) for each in rounds], "ms", at_most=30))
        self.add(figure("idle_latency_p95", [percentile(each, 0.95) for each in rounds], "ms"))
        self.say("(c) accepted webhooks over HTTP, the workers' lane closed")
        close_lane(tenant, paused=True)
        found = self.alternate(accepted=lambda: accepted_per_second(self.system.port, tenant, "flood", DOOR_SECONDS))
        self.add(figure("accepted_webhooks", found["accepted"], "/s", at_least=600))

    def idle_shares(self) -> list[float]:
        """Percent of a core that all processes and servers take, round by round."""
        shares = []
        for _ in range(self.rounds):
            before, started = sum(self.system.cpu_seconds().values()), time.perf_counter()
            time.sleep(IDLE_WATCH_SECONDS / self.rounds)
            spent = sum(self.system.cpu_seconds().values()) - before
            shares.append(100 * spent / (time.perf_counter() - started))
        return shares

    def idle(self) -> None:
        self.say(f"(e) processor time of all processes while idle, watched for {IDLE_WATCH_SECONDS:g} s")
        shares = self.idle_shares()
        self.add(figure("idle_cpu", shares, "% core", at_most=5))

    def dispatch(self) -> None:
        self.say("(f) dispatch with 500,000 jobs of one tenant and 999 other tenants waiting")
        window = settings.RELAY_WINDOW_JOBS
        taken = dispatch_milliseconds(self.system.servers.admin_url, window=window, room=window * 4)
        self.add(figure("dispatch_deep_backlog", taken, "ms", at_most=10))

    def many_tenants(self) -> None:
        self.say(f"(g) {self.tenants} tenants over HTTP, each until its first event is accepted, then idling with them")
        taken = ready_seconds(self.system.port, "many", self.tenants)
        self.add(figure("tenant_ready", taken, "s", at_most=0.3))
        self.add(figure("tenants_made", [len(taken) / sum(taken)], "/s"))
        shares = self.idle_shares()
        self.add(figure(f"idle_cpu_at_{self.tenants}_tenants", shares, "% core", at_most=5))

    def counts(self, tenant: TenantRef) -> None:
        self.say("statements, commits and messages per run, counted in one process")
        for name, steps in (("log1", 1), ("log3", 3)):
            set_up(tenant, name, [log_step(f"s{number}") for number in range(steps)])
            counts = count_drain(tenant, name, 400, window=settings.RELAY_WINDOW_JOBS, batch=settings.RELAY_BATCH_JOBS)
            for what in ("statements", "commits", "messages"):
                self.add(figure(f"{what}_per_run_{steps}_steps", [getattr(counts, what) / 400], ""))
