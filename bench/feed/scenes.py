"""One scene: subscribers, transitions at a rate, webhooks beside them, and the cost for web."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from automate.devserver.database_urls import with_parts
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.runs.feed import channel
from bench.door import set_up_sources
from bench.feed import crowd, hooks, writer
from bench.feed.table import ALONE, CEILING, IDLE
from bench.system import System
from bench.tenant import make_tenant
from tenants.models import Tenant
from tenants.services import OWNER
from tenants.tokens import mint
from tests.support import rows

RUNS = 50
MIB = 1024 * 1024


@dataclass(frozen=True)
class Scene:
    """One scene."""

    name: str
    tenants: int
    """The subscribers are divided evenly among them."""
    subscribers: int
    rate: float
    """Transitions a second, of all tenants together."""
    at_once: int = 1
    """Transitions in one transaction."""
    hooks: float = 200
    """Webhooks a second."""


SCENES = (
    Scene(ALONE, 1, 1, 0),
    Scene(CEILING, 1, 300, 300, at_once=3, hooks=0),
    Scene("300x100", 1, 300, 100),
    Scene("1000x30", 1, 1_000, 30),
    Scene("100x10x1", 100, 1_000, 100),
    Scene("100x10x30", 100, 1_000, 3_000, at_once=30),
    Scene("1000x100", 1, 1_000, 100),
    Scene(IDLE, 1, 5_000, 0),
)


@dataclass(frozen=True)
class Stage:
    """A tenant of the scenes: its token, and the values for the writer."""

    ref: TenantRef
    token: str
    feed: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The result of a scene."""

    scene: str
    subscribers: int
    complete: int
    delivered: float
    """Messages a second."""
    p50_ms: float
    p95_ms: float
    most_ms: float
    cores: float
    """Processor time of web in each second."""
    microseconds: float
    mib: tuple[float, float]
    """Memory of web at the beginning and at the end."""
    hooks: str
    """Accepted webhooks of those offered."""
    hooks_p95_ms: float
    closed: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def make_stage(slug: str) -> Stage:
    ref = make_tenant(slug)
    with acting_for_platform("a token for the bench"):
        token, row = mint(Tenant.objects.get(id=ref.id), "feed bench", OWNER)
        row.save()
    with acting_for(ref):
        flow = rows.flow()
        runs = [str(rows.run(flow, rows.event(), state="running")) for _ in range(RUNS)]
        steps: dict[str, str] = dict(fetch("SELECT run_id::text, min(id::text) FROM step_run GROUP BY run_id"))
    feed = writer.Feed(ref.schema, channel(ref.id), str(flow.workflow), [[run, steps[run]] for run in runs])
    set_up_sources(ref)
    return Stage(ref, token, asdict(feed))


def play(system: System, stages: list[Stage], scene: Scene, seconds: float) -> Outcome:
    used = stages[: scene.tenants]
    each = scene.subscribers // scene.tenants
    people = _started(crowd.__name__, crowd.Order(system.port, [stage.token for stage in used], each))
    assert _line(people) == "ready\n"
    web = psutil.Process(system.processes["web"].pid)
    before, memory = _spent(web), web.memory_info().rss / MIB
    database = with_parts(system.superuser_url, database="automate")
    began = time.monotonic()
    of_writer = writer.Order(
        database, system.servers.redis_url, scene.rate, seconds, scene.at_once, [dict(stage.feed) for stage in used]
    )
    writing = _started(writer.__name__, of_writer) if scene.rate else None
    path = f"/t/{used[0].ref.slug}/hooks/flood"
    hooking = _started(hooks.__name__, hooks.Order(system.port, path, scene.hooks, seconds)) if scene.hooks else None
    if writing is None:
        time.sleep(seconds)
    last = json.loads(_line(writing)) if writing is not None else [0] * len(used)
    _say(people, last)
    report = crowd.Report(**json.loads(_line(people)))
    took = time.monotonic() - began
    spent = _spent(web) - before
    accepted, milliseconds = json.loads(_line(hooking)) if hooking is not None else (0, [0.0])
    ages = sorted((int(age), count) for age, count in report.late_ms.items())
    ordered = sorted(milliseconds)
    return Outcome(
        scene.name,
        report.subscribers,
        report.complete,
        round(report.messages / took),
        _age(ages, 0.5),
        _age(ages, 0.95),
        _age(ages, 1.0),
        round(spent / took, 2),
        round(1e6 * spent / max(report.messages, 1), 1),
        (round(memory), round(web.memory_info().rss / MIB)),
        f"{accepted}/{len(milliseconds)}" if hooking is not None else "0/0",
        round(ordered[int(0.95 * len(ordered))], 1),
        len(report.closed),
    )


def _age(ages: list[tuple[int, int]], share: float) -> float:
    """The maximum age of this share of the messages."""
    left = share * sum(count for _, count in ages)
    for age, count in ages:
        left -= count
        if left <= 0:
            return age
    return 0


def _spent(web: psutil.Process) -> float:
    times = web.cpu_times()
    return float(times.user + times.system)


def _started(module: str, order: Any) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _say(process, asdict(order))
    return process


def _say(process: subprocess.Popen[str], words: Any) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(words) + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{process.pid} ended without a line"
    return line
