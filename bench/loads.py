"""The loads behind the lines of ``make bench-pair``. Imported after Django's setup.

Each load leaves the tenant without open jobs, so that the next load starts from the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from automate.kernel.tenancy import TenantRef
from bench.counts import count_drain
from bench.door import accepted_webhooks, idle_latencies, set_up_sources
from bench.drain import Rows, await_no_open_jobs, drain
from bench.figure import percentile
from bench.reading import answered_reads, token_of
from bench.receiver import Receiver, receiver
from bench.system import System
from bench.tenant import close_lane, log_step, make_tenant, post_step, set_up
from tenants.provisioning import migrate

DRAINED_RUNS = {"drain_1_step": 3_000, "drain_3_steps": 2_000, "drain_post": 1_500}
DOOR_SECONDS = 2.5
SHOWN_RUNS = 200
"""Runs of three steps on the pages, for any loads before."""
LONE_WEBHOOKS = 25
COUNTED_RUNS, COUNTS = 400, 5
LOG_STEPS = {"1_step": 1, "3_steps": 3}


@dataclass(frozen=True)
class Stage:
    """The running system and its tenant. statements: by line, counted before the processes started."""

    system: System
    tenant: TenantRef
    target: Receiver
    statements: Mapping[str, float]
    token: str


@contextmanager
def staged(system: System) -> Iterator[Stage]:
    """Start every process of the system, with one tenant that has all workflows and sources of the loads."""
    migrate()
    statements = _counted(make_tenant("counted"))
    tenant = make_tenant("pair")
    for name in ("web", "relay", *system.workers, "scheduler"):
        system.start(name)
    system.wait_until_ready()
    with receiver() as target:
        for name, steps in LOG_STEPS.items():
            set_up(tenant, f"drain_{name}", [log_step(f"s{number}") for number in range(steps)])
        set_up(tenant, "drain_post", [post_step("s0", target.url)])
        set_up_sources(tenant)
        drain(system, tenant, "drain_3_steps", SHOWN_RUNS, Rows.of_steps(LOG_STEPS["3_steps"]))
        yield Stage(system, tenant, target, statements, token_of(tenant))


def _counted(tenant: TenantRef) -> dict[str, float]:
    """Statements per run by line. The count uses only the outbox, so relay and workers must not run yet.

    The minimum of several counts: a slow count has a few more statements, for caches and leases that expired
    meanwhile.
    """
    window, batch = settings.RELAY_WINDOW_JOBS, settings.RELAY_BATCH_JOBS
    found = {}
    for name, steps in LOG_STEPS.items():
        set_up(tenant, name, [log_step(f"s{number}") for number in range(steps)])
        counts = [count_drain(tenant, name, COUNTED_RUNS, window=window, batch=batch) for _ in range(COUNTS)]
        found[f"statements_{name}"] = min(count.statements for count in counts) / COUNTED_RUNS
    return found


def _drain_log(name: str, stage: Stage) -> dict[str, float]:
    load = f"drain_{name}"
    drained = drain(stage.system, stage.tenant, load, DRAINED_RUNS[load], Rows.of_steps(LOG_STEPS[name]))
    return {load: drained.runs_per_s, f"cpu_{name}": sum(drained.cpu_ms_per_run.values())}


def _drain_post(stage: Stage) -> dict[str, float]:
    before, runs = stage.target.received, DRAINED_RUNS["drain_post"]
    drained = drain(stage.system, stage.tenant, "drain_post", runs, Rows.of_steps(1))
    posts = stage.target.received - before
    assert posts == runs, f"{runs} runs sent {posts} POSTs"
    return {"drain_post": drained.runs_per_s, "cpu_post": sum(drained.cpu_ms_per_run.values())}


def _webhooks(stage: Stage) -> dict[str, float]:
    """The lane is closed while webhooks arrive, so that relay and workers use no processor time."""
    close_lane(stage.tenant, paused=True)
    before = stage.system.cpu_seconds()
    accepted = accepted_webhooks(stage.system.port, stage.tenant, "flood", DOOR_SECONDS)
    spent = sum(stage.system.cpu_seconds().values()) - sum(before.values())
    close_lane(stage.tenant, paused=False)
    await_no_open_jobs(stage.tenant)
    return {"webhooks": accepted.per_second, "cpu_webhook": 1_000 * spent / accepted.count}


def _reads(stage: Stage) -> dict[str, float]:
    before = stage.system.cpu_seconds()
    answered = answered_reads(stage.system.port, stage.token, DOOR_SECONDS)
    spent = sum(stage.system.cpu_seconds().values()) - sum(before.values())
    return {"reads": answered.per_second, "cpu_read": 1_000 * spent / answered.count}


def _lone_webhooks(stage: Stage) -> dict[str, float]:
    return {"idle_p50": percentile(idle_latencies(stage.system.port, stage.tenant, "lone", LONE_WEBHOOKS), 0.5)}


def _statements(stage: Stage) -> dict[str, float]:
    return dict(stage.statements)


LOADS: Mapping[str, Callable[[Stage], dict[str, float]]] = {
    "drain_1_step": partial(_drain_log, "1_step"),
    "drain_3_steps": partial(_drain_log, "3_steps"),
    "drain_post": _drain_post,
    "webhooks": _webhooks,
    "reads": _reads,
    "lone_webhooks": _lone_webhooks,
    "statements": _statements,
}
