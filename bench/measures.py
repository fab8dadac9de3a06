"""The figures, each measured in turn with its reference. Imported after Django's setup."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from actors.relay.main import ROOM_WINDOWS
from automate.kernel.tenancy import TenantRef
from bench import budgets
from bench.backlog import DEEP_TENANTS, over_deep_tenants, over_one_flood
from bench.backtest import DRAFTS, TESTED_EVENTS, StoredTenant
from bench.counts import count_drain
from bench.door import accepted_webhooks, idle_latencies, set_up_sources
from bench.figure import Figure, figure, percentile
from bench.matching import DIFFER, FEW, MANY, RuleTenant
from bench.quiet import Spent, tidy, watch
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import close_lane, log_step, make_tenant, set_up
from bench.tenants import ready_seconds
from bench.throughput import Throughput
from bench.waits import WAKING_SECONDS, waits
from bench.waking import wake_at_once
from tenants.plans import DEFAULT_CONCURRENT_RUNS
from tenants.provisioning import migrate

DOOR_SECONDS = 5.0
LATENCY_COUNT = 40
IDLE_WATCH_SECONDS = 15.0
MATCHED_EVENTS = 400
WAITING_RUNS = 10_000
WOKEN_RUNS = 20_000
IDLE_MILLISECONDS = 15
"""The target for half of the webhooks, from a single webhook to the end of its run."""


class Bench:
    def __init__(self, system: System, rounds: int, events: int, tenants: int) -> None:
        self.system = system
        self.rounds = Rounds(rounds)
        self.events = events
        self.tenants = tenants

    def run(self) -> list[Figure]:
        """Measure everything, in an order that gives each measurement the system that it needs."""
        migrate()
        tenant = make_tenant("bench")
        for name in ("web", "relay", *self.system.workers, "scheduler"):
            self.system.start(name)
        self.system.wait_until_ready()
        self.idle()
        Throughput(self.system, tenant, self.rounds, self.events).measure()
        self.budgets()
        self.waiting(tenant)
        self.waking(make_tenant("waking"))
        self.door(tenant)
        self.backtests()
        for name in ("relay", *self.system.workers):
            self.system.stop(name)
        self.dispatch()
        self.counts(make_tenant("counted"))
        self.matching()
        close_lane(tenant, paused=False)
        for name in ("relay", *self.system.workers):
            self.system.start(name)
        self.many_tenants()
        return self.rounds.figures

    def run_budgets(self) -> list[Figure]:
        """Measure only the cost of budgets."""
        migrate()
        for name in ("web", "relay", *self.system.workers):
            self.system.start(name)
        self.system.wait_until_ready()
        self.budgets()
        return self.rounds.figures

    def budgets(self) -> None:
        self.rounds.say(f"(b) what budgets cost: two tenants in turn, {self.events} events a round")
        budgets.measure(self.system, self.rounds, self.events)

    def waiting(self, tenant: TenantRef) -> None:
        self.rounds.say(f"{WAITING_RUNS} runs that wait, then wake within {WAKING_SECONDS:g} s")
        found = waits(self.system, tenant, WAITING_RUNS)
        self._add_spent("cpu_while_runs_wait", [found.spent])
        self.rounds.add(figure("wake_lateness_p99", [percentile(found.lateness, 0.99)], "s", at_most=1))

    def waking(self, tenant: TenantRef) -> None:
        self.rounds.say(
            f"{WOKEN_RUNS} runs that wake at one time, {DEFAULT_CONCURRENT_RUNS} run slots, and new runs beside them"
        )
        found = wake_at_once(self.system, tenant, WOKEN_RUNS)
        self.rounds.add(figure("wake_at_once", [found.per_second], "runs/s", at_least=200))
        self.rounds.add(figure("wake_at_once_most_slots", [found.most_slots], "", at_most=DEFAULT_CONCURRENT_RUNS))
        self.rounds.add(figure("new_run_delay_p95_while_waking", [percentile(found.delays, 0.95)], "s"))

    def door(self, tenant: TenantRef) -> None:
        set_up_sources(tenant)
        self.rounds.say("(d) a lone webhook until its run has finished, idle system")
        count = self.rounds.count
        ordered = idle_latencies(self.system.port, tenant, "lone", LATENCY_COUNT * count)
        rounds = [sorted(ordered[number::count]) for number in range(count)]
        self.rounds.add(
            figure("idle_latency_p50", [percentile(each, 0.5) for each in rounds], "ms", at_most=IDLE_MILLISECONDS)
        )
        self.rounds.add(figure("idle_latency_p95", [percentile(each, 0.95) for each in rounds], "ms"))
        self.rounds.say("(c) accepted webhooks over HTTP, the workers' lane closed")
        close_lane(tenant, paused=True)
        found = self.rounds.alternate(
            accepted=lambda: accepted_webhooks(self.system.port, tenant, "flood", DOOR_SECONDS).per_second
        )
        self.rounds.add(figure("accepted_webhooks", found["accepted"], "/s", at_least=600))

    def idle(self, name: str = "idle_cpu") -> None:
        self.rounds.say(f"(e) processor time of all processes while idle, watched for {IDLE_WATCH_SECONDS:g} s")
        tidy(self.system)
        spent = [watch(self.system, IDLE_WATCH_SECONDS / self.rounds.count) for _ in range(self.rounds.count)]
        self._add_spent(name, spent)

    def _add_spent(self, name: str, spent: list[Spent]) -> None:
        self.rounds.add(figure(name, [each.whole for each in spent], "% core", at_most=5))
        for kind in spent[0].share:
            self.rounds.add(figure(f"{name}_of_{kind}", [each.share[kind] for each in spent], "% core"))
        self.rounds.add(figure(f"autovacuum_seen_in_{name}", [each.vacuums for each in spent], "% looks"))

    def dispatch(self) -> None:
        self.rounds.say("(f) dispatch with 500,000 jobs of one tenant and 999 other tenants waiting")
        admin_url = self.system.servers.database.admin_url
        taken = over_one_flood(admin_url, room=settings.RELAY_WINDOW_JOBS * ROOM_WINDOWS)
        self.rounds.add(figure("dispatch_deep_backlog", taken, "ms", at_most=10))
        taken = over_deep_tenants(admin_url)
        self.rounds.add(figure(f"dispatch_{DEEP_TENANTS}_deep_tenants", taken, "ms", at_most=5))
        slow = percentile(sorted(taken), 0.95)
        self.rounds.add(figure(f"dispatch_{DEEP_TENANTS}_deep_tenants_p95", [slow], "ms", at_most=5))

    def matching(self) -> None:
        self.rounds.say(
            f"(h) matching an event in one process, with {MANY} rules beside {FEW} that differ in one thing"
        )
        batch = settings.RELAY_BATCH_JOBS
        for differs, when in DIFFER.items():
            few, many = (RuleTenant.made(f"rules-{differs}-{count}", count, when) for count in (FEW, MANY))
            for tenant in (few, many):
                tenant.microseconds(batch, batch)
            found = self.rounds.alternate(
                few=partial(few.microseconds, MATCHED_EVENTS, batch),
                many=partial(many.microseconds, MATCHED_EVENTS, batch),
            )
            ratios = [each / other for each, other in zip(found["many"], found["few"], strict=True)]
            self.rounds.add(figure(f"match_cost_{MANY}_rules_by_{differs}", ratios, "times", at_most=3))
            self.rounds.add(figure(f"match_cost_{MANY}_rules_by_{differs}_each", found["many"], "µs"))
            taken = [many.milliseconds_after_a_change() for _ in range(self.rounds.count)]
            self.rounds.add(
                figure(f"first_match_after_change_of_{MANY}_rules_by_{differs}", taken, "ms", at_most=1_000)
            )
            taken = [many.milliseconds_of_a_new_process() for _ in range(self.rounds.count)]
            self.rounds.add(figure(f"first_reading_of_{MANY}_rules_by_{differs}", taken, "ms"))
            self.rounds.add(figure(f"memory_of_{MANY}_rules_by_{differs}", [many.megabytes()], "MB"))

    def backtests(self) -> None:
        self.rounds.say(f"(i) a backtest of a rule over {TESTED_EVENTS} stored events, by relay and workers")
        stored = StoredTenant.made("stored", TESTED_EVENTS)
        for name, draft in DRAFTS.items():
            taken = [stored.seconds(draft) for _ in range(self.rounds.count)]
            self.rounds.add(figure(f"backtest_of_{TESTED_EVENTS}_events_{name}", taken, "s", at_most=30))

    def many_tenants(self) -> None:
        self.rounds.say(
            f"(g) {self.tenants} tenants over HTTP, each until its first event is accepted, then idling with them"
        )
        taken = ready_seconds(self.system.port, "many", self.tenants)
        self.rounds.add(figure("tenant_ready", taken, "s", at_most=0.3))
        self.rounds.add(figure("tenants_made", [len(taken) / sum(taken)], "/s"))
        self.idle(f"idle_cpu_at_{self.tenants}_tenants")

    def counts(self, tenant: TenantRef) -> None:
        self.rounds.say("statements, commits and messages per run, counted in one process")
        for name, steps in (("log1", 1), ("log3", 3)):
            set_up(tenant, name, [log_step(f"s{number}") for number in range(steps)])
            counts = count_drain(tenant, name, 400, window=settings.RELAY_WINDOW_JOBS, batch=settings.RELAY_BATCH_JOBS)
            for what in ("statements", "commits", "messages"):
                self.rounds.add(figure(f"{what}_per_run_{steps}_steps", [getattr(counts, what) / 400], ""))
