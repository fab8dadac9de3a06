"""The scenes of ``bench.crowd``. Imported once Django is ready."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.outbox.hints import wake_relay
from bench.figure import Figure, figure
from bench.memory import private_megabytes
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import accept, log_step, make_tenant, set_up
from tenants.provisioning import migrate

POLL_SECONDS = 0.05
GIVE_UP_SECONDS = 600.0
RULE = "crowd"

PAUSE = "UPDATE outbox_lane SET paused = %s WHERE tenant_id = ANY (%s)"
OPEN = "SELECT EXISTS (SELECT 1 FROM outbox_job WHERE open AND tenant_id = ANY (%s))"
RUNS = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'succeeded'"


@dataclass(frozen=True)
class Scene:
    """events: of each tenant."""

    name: str
    tenants: int
    events: int

    @classmethod
    def named(cls, name: str, runs: int) -> Scene:
        tenants, _, events = name.partition("x")
        return cls(name, int(tenants), int(events) if events else runs // int(tenants))


def measure(system: System, names: Sequence[str], runs: int, rounds: int) -> list[Figure]:
    """Runs/s of each scene, the first round for itself, and the ratio to the first scene's; PostgreSQL's private memory."""
    scenes = [Scene.named(name, runs) for name in names]
    migrate()
    told = Rounds(rounds)
    told.say(f"{max(scene.tenants for scene in scenes)} tenants")
    tenants: list[TenantRef] = []
    for number in range(max(scene.tenants for scene in scenes)):
        tenants.append(make_tenant(f"crowd-{number}"))
        set_up(tenants[-1], RULE, [log_step("s0")])
    for name in ("relay", *system.workers):
        system.start(name)
    found: dict[str, list[float]] = {scene.name: [] for scene in scenes}
    spent: dict[str, list[dict[str, float]]] = {scene.name: [] for scene in scenes}
    drain(system, tenants[:1], runs // 4)
    for number in range(rounds):
        for scene in scenes:
            rate, cost = drain(system, tenants[: scene.tenants], scene.events)
            found[scene.name].append(rate)
            spent[scene.name].append(cost)
            shares = " ".join(f"{kind} {each:.2f}" for kind, each in cost.items())
            memory = private_megabytes(system)
            told.say(
                f"  round {number + 1}: {scene.name} {rate:,.0f} runs/s; ms/run: {shares}; PostgreSQL {memory:,.0f} MB"
            )
    told.add(figure("postgresql_private_memory", [private_megabytes(system)], "MB"))
    began = time.perf_counter()
    migrate()
    told.add(figure(f"migrate_{len(tenants)}_tenants_that_lack_nothing", [time.perf_counter() - began], "s"))
    first = scenes[0].name
    for scene in scenes:
        told.add(figure(f"crowd_{scene.name}", found[scene.name][1:] or found[scene.name], "runs/s"))
        for what, part in (("cold", slice(0, 1)), ("warm", slice(1, None))):
            ratios = [mine / one for mine, one in zip(found[scene.name][part], found[first][part], strict=True)]
            if ratios:
                told.add(figure(f"crowd_{scene.name}_{what}_of_{first}", ratios, "times"))
    return told.figures


def drain(system: System, tenants: Sequence[TenantRef], events: int) -> tuple[float, dict[str, float]]:
    """Accept events for each tenant while all their lanes are closed, open them at once, and time until no job is open.

    Returns runs/s, and processor time by kind of process in milliseconds for a run. Raises AssertionError where a run is missing.
    """
    ids = [tenant.id for tenant in tenants]
    with psycopg.connect(system.servers.database.admin_url, autocommit=True) as owner:
        owner.execute(PAUSE, [True, ids])
        accepted = [accept(tenant, RULE, events) for tenant in tenants]
        before = system.cpu_seconds()
        started = time.perf_counter()
        owner.execute(PAUSE, [False, ids])
        wake_relay()
        while owner.execute(OPEN, [ids]).fetchall()[0][0]:
            took = time.perf_counter() - started
            assert took < GIVE_UP_SECONDS, f"jobs are still open after {took:g} s"
            time.sleep(POLL_SECONDS)
        took = time.perf_counter() - started
    spent = {kind: seconds - before[kind] for kind, seconds in system.cpu_seconds().items()}
    for tenant, event_ids in zip(tenants, accepted, strict=True):
        with acting_for(tenant):
            ((runs,),) = fetch(RUNS, [event_ids])
        assert runs == events, f"{tenant.slug}: {runs} of {events} runs"
    count = events * len(tenants)
    return count / took, {kind: 1_000 * seconds / count for kind, seconds in spent.items()}
