"""The tenant that the portal shows: its runs, and a person who may read them. Runs in the bench's own Django."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from automate.devserver.database_urls import with_parts
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.project.home import write_private
from automate.runs.feed import channel
from bench.feed import writer
from bench.reads import rows
from bench.system import System
from bench.tenant import make_tenant
from tests.support import browsers

SLUG = "bench"
MOVING_RUNS = 100
"""The number of runs whose transitions open pages receive: the newest runs, which their lists show."""


@dataclass(frozen=True)
class Stage:
    """The created tenant. feed: the settings of the writer of transitions."""

    email: str
    password: str
    tenant: str
    workflow: str
    feed: dict[str, Any]


def kept_or_made(system: System, runs: int, kept: Path | None) -> Stage:
    """kept: a folder with the stage of an earlier time, or for the stage of this time.

    Raises ValueError if that stage has another number of runs.
    """
    if kept is None:
        return make(system, runs)
    note = kept / "stage.json"
    if note.exists():
        found = json.loads(note.read_text(encoding="utf-8"))
        if found["runs"] != runs:
            raise ValueError(f"{kept} keeps {found['runs']:,} runs, not {runs:,}. Choose another folder.")
        return Stage(**found["stage"])
    stage = make(system, runs)
    write_private(note, json.dumps({"runs": runs, "stage": asdict(stage)}))
    return stage


def make(system: System, runs: int) -> Stage:
    ref = make_tenant(SLUG)
    flow = rows.make_flow(ref)
    began = time.monotonic()
    with psycopg.connect(with_parts(system.superuser_url, database="automate"), autocommit=True) as connection:
        rows.load(connection, flow, runs)
    print(f"loaded {runs:,} runs in {time.monotonic() - began:.0f} s", flush=True)
    person = browsers.person((ref, "owner"))
    with acting_for(ref):
        newest = fetch(
            "SELECT r.id::text, (SELECT min(s.id::text) FROM step_run s WHERE s.run_id = r.id) FROM execution_run r"
            " ORDER BY r.id DESC LIMIT %s",
            [MOVING_RUNS],
        )
    feed = writer.Feed(ref.schema, channel(ref.id), str(flow.workflow), [list(pair) for pair in newest])
    return Stage(person.email, person.password, ref.slug, rows.NAME, asdict(feed))
