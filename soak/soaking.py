"""One soak: load with faults, then the wait until no work is open, then the evidence."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from soak.breaches import Breach
from soak.evidence import Books, Evidence, Job, as_calls, read_books, read_jobs
from soak.faults import Chaos
from soak.feeds import Feeds
from soak.law import judge
from soak.load import Load, orders
from soak.people import People
from soak.site import Limits, Site, running_site
from soak.watchers import Watch

SETTLE_SECONDS = 180.0
FEED_SECONDS = 40.0
TURN_SECONDS = 0.05
PROGRESS_SECONDS = 5.0
SPARSE = 0.6
"""A tenant's budget allows this share of the runs that its load would start. The rest is rejected."""


@dataclass(frozen=True)
class Plan:
    """The parameters of a soak."""

    seed: int
    seconds: float = 1200.0
    every: float = 3.0
    """Seconds between faults, on average."""
    per_second: float = 8.0
    sabotage: dict[str, str] = field(default_factory=dict)
    """Kind of process -> its sabotage."""
    forgets: int = 0
    """See ``soak.receiver``."""

    def limits(self) -> list[Limits]:
        share = int(self.seconds * self.per_second / len(TENANTS))
        return [
            Limits("ants", most_at_once=100, most_runs=1_000_000),
            Limits("bees", most_at_once=10, most_runs=1_000_000),
            Limits("crows", most_at_once=20, most_runs=max(10, int(share * SPARSE))),
        ]


TENANTS = ("ants", "bees", "crows")


@dataclass
class Result:
    plan: Plan
    evidence: Evidence
    breaches: list[Breach]
    dealt: Counter[str]
    revived: Counter[str]
    refused: Counter[str]
    cuts: int
    looks: int
    given_up: int
    settled_seconds: float


def soak(plan: Plan, home: Path, say: Callable[[str], None]) -> Result:
    with running_site(home, plan.limits(), sabotage=plan.sabotage, forgets=plan.forgets) as (site, outside):
        planned = orders(plan.seed, TENANTS, plan.seconds, plan.per_second)
        load = Load(site, outside.url, planned)
        feeds = Feeds(site, TENANTS)
        watch = Watch(site, plan.limits())
        people = People(site, load, planned, TENANTS)
        chaos = Chaos(site, outside, plan.seed, plan.every)
        feeds.begin()
        watch.begin()
        people.begin()
        load.begin()
        _storm(plan, chaos, load, watch, say)
        load.cut()
        chaos.heal()
        say(f"{'quiet':>7}  no more faults: all that was accepted has to end")
        began = time.monotonic()
        stuck = _settle(site, load, watch, people, chaos, say)
        settled = time.monotonic() - began
        people.end()
        watch.end()
        books = _read(site, plan.limits(), feeds)
        evidence = Evidence(
            accepted=load.accepted,
            calls=as_calls(outside.calls()),
            jobs=_jobs(site),
            tenants={each.limits.slug: each for each in books},
            told=people.told,
            said=[*stuck, *load.broken, *watch.said, *feeds.said],
        )
        return Result(
            plan,
            evidence,
            judge(evidence),
            chaos.dealt,
            chaos.revived,
            load.refused,
            feeds.cuts,
            watch.looks,
            len(people.given_up),
            settled,
        )


def _storm(plan: Plan, chaos: Chaos, load: Load, watch: Watch, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    told = began
    while (now := time.monotonic()) < began + plan.seconds:
        chaos.look()
        if now >= told + PROGRESS_SECONDS:
            told = now
            say(f"{now - began:5.0f} s  {progress(load, watch)}  {chaos.dealt.total()} faults, last {chaos.last}")
        time.sleep(TURN_SECONDS)


def progress(load: Load, watch: Watch) -> str:
    open_runs, jobs = sum(count.open for count in watch.latest), sum(count.jobs for count in watch.latest)
    dead = sum(count.dead for count in watch.latest)
    return (
        f"{len(load.accepted)} accepted, {open_runs} runs and {jobs} jobs open, {dead} dead, {len(watch.said)} broken"
    )


def _settle(  # noqa: PLR0917 - all who take part
    site: Site, load: Load, watch: Watch, people: People, chaos: Chaos, say: Callable[[str], None]
) -> list[str]:
    """Wait until no work is open, for the platform and for people. Returns the violations."""
    deadline, told = time.monotonic() + SETTLE_SECONDS, time.monotonic()
    while time.monotonic() < deadline:
        chaos.revived.update(site.revive())
        if time.monotonic() >= told + PROGRESS_SECONDS:
            told = time.monotonic()
            say(f"{'quiet':>7}  {progress(load, watch)}")
        try:
            # People first: their new work is open then, and the check that follows sees it.
            if load.join(0) and not people.left() and not any(count.open or count.jobs for count in watch.look()):
                return []
        except psycopg.OperationalError:
            pass
        time.sleep(1)
    still = "senders are waiting for an answer" if not load.join(0) else "work is left"
    return [f"{SETTLE_SECONDS:g} s after the last fault {still}: {progress(load, watch)}"]


def _read(site: Site, limits: Sequence[Limits], feeds: Feeds) -> list[Books]:
    """Read the rows of all tenants after the feeds have sent the whole logs, or after a timeout."""
    deadline = time.monotonic() + FEED_SECONDS
    while True:
        with site.superuser() as connection:
            books = [read_books(connection, each) for each in limits]
        behind = any(len(feeds.seen[each.limits.slug]) < len(each.log) for each in books)
        if not behind or time.monotonic() > deadline:
            break
        time.sleep(1)
    feeds.end()
    for each in books:
        each.feed = feeds.seen[each.limits.slug]
    return books


def _jobs(site: Site) -> list[Job]:
    with site.superuser() as connection:
        return read_jobs(connection, TENANTS)
