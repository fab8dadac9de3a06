"""The floods of ``bench.floods``. Imported once Django is ready."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import psycopg

from automate.kernel.json_values import JsonValue
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.outbox.wakeups import wake_relay
from bench.due_order import INDEX, WITHOUT_INDEX
from bench.figure import Figure, figure, percentile, ratio_figure
from bench.receiver import receiver
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import accept, log_step, make_tenant, post_step, set_up
from tenants.provisioning import migrate

PAUSE = "UPDATE outbox_lane SET paused = %s WHERE tenant_id = ANY (%s)"
OPEN = "SELECT EXISTS (SELECT 1 FROM outbox_job WHERE open AND tenant_id = ANY (%s))"
DELAYS = """
SELECT extract(epoch FROM r.started_at - e.received_at)::float FROM execution_run r JOIN event e ON e.id = r.event_id
WHERE e.id = ANY (%s) AND r.started_at IS NOT NULL ORDER BY 1
"""
GIVE_UP_SECONDS, POLL_SECONDS = 180.0, 0.05
MAKERS = 4
"""The number of threads that create tenants."""
WARM_SECONDS = 5.0
"""The time for which events are sent before any delay counts: the workers have just started."""
PORTION = 20
"""The number of one tenant's events in a row where several tenants send some."""
WARM_PART = 10
"""A flood is drained once before it is measured, with this part of its events."""
KEYS = 1_000
TIMES, MOST_MS, CROWD = 3.0, 500.0, 200
"""The p95 delay is at most so many times the one alone; beside a crowd of tenants it is at most so many milliseconds."""
LEAST_SHARE = 0.9
FAIR, DUE = "fair", "due"


@dataclass(frozen=True)
class Flood:
    """events: of each tenant."""

    name: str
    tenants: int
    events: int
    kind: str

    @classmethod
    def named(cls, name: str) -> Flood:
        size, _, kind = name.partition(":")
        tenants, _, events = size.partition("x")
        return cls(name, int(tenants), int(events), kind or "log")

    @property
    def slug(self) -> str:
        return f"flood_{self.kind}"

    @property
    def answer_seconds(self) -> float:
        """The duration of a call in the flood; 0 for a flood without calls."""
        return float(self.kind.removesuffix("ms")) / 1_000 if self.kind.endswith("ms") else 0.0


class Floods:
    """every_seconds: between two events of the tenant whose delays are measured."""

    def __init__(self, system: System, names: Sequence[str], every_seconds: float, rounds: int) -> None:
        self._system, self._every = system, every_seconds
        self._floods = [Flood.named(name) for name in names]
        self._rounds = Rounds(rounds)
        self._tenants: list[TenantRef] = []

    def measure(self, alone_seconds: float) -> list[Figure]:
        with ExitStack() as stack:
            calls = {flood.kind: flood.answer_seconds for flood in self._floods if flood.answer_seconds}
            urls = {kind: stack.enter_context(receiver(seconds)).url for kind, seconds in calls.items()}
            self._start(urls)
            self._delays(self._after(WARM_SECONDS))
            alone = self._delays(self._after(alone_seconds))
            for share in (0.5, 0.95):
                self._rounds.add(figure(f"alone_p{share * 100:.0f}", [1_000 * percentile(alone, share)], "ms"))
            for flood in self._floods:
                self._measure(flood, 1_000 * percentile(alone, 0.95))
        return self._rounds.figures

    @staticmethod
    def _after(seconds: float) -> Callable[[], bool]:
        until = time.monotonic() + seconds
        return lambda: time.monotonic() > until

    def _start(self, urls: dict[str, str]) -> None:
        count = max(flood.tenants for flood in self._floods)
        began = time.perf_counter()
        migrate()
        with ThreadPoolExecutor(MAKERS) as makers:
            self._tenants = list(makers.map(partial(self._made, urls), range(count)))
        self._rounds.say(f"{count} tenants, made in {time.perf_counter() - began:.0f} s")
        self._other = make_tenant("other")
        set_up(self._other, "probe", [log_step("s0")])
        for name in self._system.workers:
            self._system.start(name)
        self._relay(FAIR)

    def _made(self, urls: dict[str, str], number: int) -> TenantRef:
        """A tenant with the workflows of its floods. Floods of one kind share a workflow."""
        tenant = make_tenant(f"flood-{number}")
        for flood in {flood.kind: flood for flood in self._floods if number < flood.tenants}.values():
            self._set_up(tenant, flood, urls)
        return tenant

    def _set_up(self, tenant: TenantRef, flood: Flood, urls: dict[str, str]) -> None:
        steps = [post_step("s0", urls[flood.kind])] if flood.answer_seconds else [log_step("s0")]
        key: JsonValue = (
            {"key": "{{ event.payload.key }}", "limit": 1, "strategy": "queue"} if flood.kind == "keys" else None
        )
        set_up(tenant, flood.slug, steps, concurrency=key)

    def _relay(self, order: str) -> None:
        if "relay" in self._system.processes:
            self._system.stop("relay")
        with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
            owner.execute(INDEX if order == DUE else WITHOUT_INDEX)
        self._system.start("relay", *(("-m", "bench.due_order") if order == DUE else ()))
        # Its start is no part of what is measured.
        self._started(accept(self._other, "probe", 1))

    def _measure(self, flood: Flood, alone_p95: float) -> None:
        rates: dict[str, list[float]] = {DUE: [], FAIR: []}
        delays: dict[str, list[float]] = {DUE: [], FAIR: []}
        # Sessions that have never served a tenant are no part of the comparison: ``bench.crowd`` measures the first time.
        self._drain(replace(flood, events=max(1, flood.events // WARM_PART)))
        for number in range(self._rounds.count):
            # Tables grow, so the order of the two changes from round to round.
            for order in (DUE, FAIR) if number % 2 == 0 else (FAIR, DUE):
                self._relay(order)
                rate, found = self._drain(flood)
                rates[order].append(rate)
                delays[order] += found
                self._rounds.say(f"  {flood.name} {order}: {rate:,.0f} runs/s, {len(found)} delays")
        p95 = {order: 1_000 * percentile(sorted(found), 0.95) for order, found in delays.items()}
        bound = MOST_MS if flood.tenants >= CROWD else TIMES * alone_p95
        self._rounds.add(figure(f"{flood.name}_p95", [p95[FAIR]], "ms", at_most=bound))
        self._rounds.add(figure(f"{flood.name}_p95_in_due_order", [p95[DUE]], "ms"))
        self._rounds.add(
            ratio_figure(
                f"{flood.name}_rate", rates[FAIR], "runs/s", of="due order", others=rates[DUE], at_least=LEAST_SHARE
            )
        )

    def _drain(self, flood: Flood) -> tuple[float, list[float]]:
        """Runs of the flood a second, and the other tenant's delays beside it, sorted."""
        tenants = self._tenants[: flood.tenants]
        ids = [tenant.id for tenant in tenants]
        with psycopg.connect(self._system.servers.database.admin_url, autocommit=True) as owner:
            # The database is asked often whether jobs are open. It must not read the whole table for this.
            owner.execute("SET enable_seqscan = off")
            owner.execute(PAUSE, [True, ids])
            payloads: list[JsonValue] = [
                {"key": f"key-{n % KEYS}", "order": {"id": n, "amount": n}} for n in range(flood.events)
            ]
            # The tenants' events arrive at once, and not those of one tenant after those of another.
            portion = PORTION if flood.tenants > 1 else flood.events
            for first in range(0, flood.events, portion):
                few = payloads[first : first + portion]
                for tenant in tenants:
                    accept(tenant, flood.slug, len(few), few)
            owner.execute(PAUSE, [False, ids])
            wake_relay()
            began = time.perf_counter()
            ended = threading.Event()
            took: list[float] = []

            def watch() -> None:
                try:
                    while owner.execute(OPEN, [ids]).fetchall()[0][0] and time.perf_counter() - began < GIVE_UP_SECONDS:
                        time.sleep(POLL_SECONDS)
                    took.append(time.perf_counter() - began)
                finally:
                    ended.set()

            watching = threading.Thread(target=watch)
            watching.start()
            delays = self._delays(ended.is_set)
            watching.join()
        assert took, "the database could not be asked for open jobs"
        assert took[0] < GIVE_UP_SECONDS, f"jobs of {flood.name} are still open after {GIVE_UP_SECONDS:g} s"
        return flood.tenants * flood.events / took[0], delays

    def _delays(self, over: Callable[[], bool]) -> list[float]:
        """From the acceptance of the other tenant's events to the starts of their runs, sorted, in seconds."""
        events: list[uuid.UUID] = []
        due = time.monotonic()
        while not events or not over():
            events += accept(self._other, "probe", 1)
            wake_relay()
            due += self._every
            while not over() and time.monotonic() < due:
                time.sleep(POLL_SECONDS)
        return self._started(events)

    def _started(self, events: Sequence[uuid.UUID]) -> list[float]:
        """The delays of the other tenant's events, sorted, once all their runs have started."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        with acting_for(self._other):
            while len(found := fetch(DELAYS, [events])) < len(events):
                assert time.monotonic() < deadline, f"{len(found)} of {len(events)} runs began"
                time.sleep(POLL_SECONDS)
        return [delay for (delay,) in found]
