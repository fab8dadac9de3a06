"""Plays the scenes: ours, raw SQL and PostGraphile in turn. Runs inside the bench's own Django."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil
import psycopg

from automate.devserver import ports
from automate.devserver.database_urls import with_parts
from bench.reads import client, graphile, profiled, rows, scenes, second, stage
from bench.reads.bound import bind
from bench.reads.listening import wait_for
from bench.reads.table import HEAD, Outcome, line
from bench.system import System


@dataclass(frozen=True)
class Wanted:
    """The options."""

    runs: int
    seconds: float
    """The duration of each measurement."""
    rounds: int
    """The number of measurements of each scene. The median counts."""
    scenes: str
    """Parts of names, separated by commas."""
    only_second: bool
    """Whether to measure only one web process beside two."""
    bound: bool
    """Whether to bind each web process to a different processor."""


def play(system: System, arguments: Wanted) -> tuple[list[Outcome], list[second.Second], list[profiled.Profile]]:
    flow, token = stage.make("reads")
    database = with_parts(system.superuser_url, database="automate")
    began = time.monotonic()
    with psycopg.connect(database, autocommit=True) as connection:
        loaded = rows.load(connection, flow, arguments.runs)
    print(f"loaded {loaded.runs:,} runs in {time.monotonic() - began:.0f} s", flush=True)
    system.start("web")
    system.wait_until_ready()
    if arguments.bound:
        bind([system.processes["web"].pid])
    chosen = [
        scene
        for scene in scenes.scenes(loaded, *stage.cursors(flow, loaded))
        if any(part in scene.name for part in arguments.scenes.split(","))
    ]
    only = arguments.only_second
    outcomes = [] if only else _play(system, database, flow.tenant.schema, chosen, token, arguments)
    with_target = [scene for scene in chosen if scene.wants is not None or scene.most_ms is not None]
    if not with_target:
        return outcomes, [], []
    seconds = second.measured(system, with_target, token, arguments.seconds, arguments.rounds, bound=arguments.bound)
    if only:
        return outcomes, seconds, []
    profiles = profiled.profiles(system, with_target, token, arguments.seconds)
    print(profiled.table(profiles), flush=True)
    return outcomes, seconds, profiles


def _play(  # noqa: PLR0917 - the stage
    system: System, database: str, schema: str, chosen: list[scenes.Scene], token: str, arguments: Wanted
) -> list[Outcome]:
    raw_port = ports.free_port()
    environ = {**os.environ, "AUTOMATE_READS": json.dumps([database, schema])}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "bench.reads.raw:application",
        "--port",
        str(raw_port),
        "--no-access-log",
    ]
    raw = subprocess.Popen([*command, "--log-level", "warning"], env=environ)
    others = graphile.start(database, schema)
    try:
        wait_for(raw_port)
        print(HEAD, flush=True)
        outcomes = []
        for scene in chosen:
            outcomes.append(_measured(scene, system, raw, raw_port, others, token, arguments))
            print(line(outcomes[-1]), flush=True)
        return outcomes
    finally:
        for process in (raw, others.process if others is not None else None):
            if process is not None:
                process.terminate()
                process.wait(timeout=30)


def _measured(  # noqa: PLR0917 - the three that are measured
    scene: scenes.Scene,
    system: System,
    raw: subprocess.Popen[bytes],
    raw_port: int,
    others: graphile.Graphile | None,
    token: str,
    arguments: Wanted,
) -> Outcome:
    ours, theirs = scene.requests_of_ours(token), scene.requests_of_raw()
    pairs = list(zip(ours, theirs, strict=True))[:20]
    agrees = all(
        scenes.comparable(client.one(system.port, mine)) == scenes.comparable(client.one(raw_port, other))
        for mine, other in pairs
    )
    graphiles = others.requests(scene) if others is not None else []
    if others is not None and graphiles:
        agrees &= all(
            graphile.rows_in(client.one(system.port, mine)) == graphile.rows_in(client.one(others.port, other))
            for mine, other in list(zip(ours, graphiles, strict=True))[:20]
        )
    speeds: dict[str, list[float]] = {"ours": [], "raw": [], "graphile": []}
    spent: dict[str, list[float]] = {"ours": [], "raw": [], "graphile": []}
    for round_ in range(arguments.rounds + 1):
        # The first round warms caches and plans, and does not count.
        seconds = arguments.seconds if round_ else 0.5
        for name, process, port, requests in (
            ("ours", system.processes["web"], system.port, ours),
            ("raw", raw, raw_port, theirs),
            ("graphile", others.process if others else None, others.port if others else 0, graphiles),
        ):
            if process is None or not requests:
                continue
            before = _cpu(process.pid)
            asked = client.ask(port, requests, seconds)
            if round_:
                speeds[name].append(asked.per_second)
                spent[name].append((_cpu(process.pid) - before) / asked.answers * 1000)
    return Outcome(
        scene.name,
        statistics.median(speeds["ours"]),
        statistics.median(spent["ours"]),
        statistics.median(speeds["raw"]),
        statistics.median(spent["raw"]),
        statistics.median(speeds["graphile"]) if speeds["graphile"] else None,
        scene.wants,
        agrees,
        scene.most_ms,
    )


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
