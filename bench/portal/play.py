"""Runs the scenes in Chromium, and measures the cost of open pages in web."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import psutil

from automate.devserver.database_urls import with_parts
from bench.feed import writer
from bench.portal.table import Measure, measure_of

if TYPE_CHECKING:
    from bench.portal.stage import Stage
    from bench.system import System

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
SPARE_SECONDS = 5.0
"""Processor time is counted until this long before the writer ends."""


@dataclass(frozen=True)
class Wanted:
    runs: int
    rounds: int
    rows: int
    scroll_seconds: float
    pages: int
    seconds: float
    rate: float
    scenes: Sequence[str]
    trace: Path | None


@dataclass(frozen=True)
class Parts:
    """The programs node and chromium."""

    node: Path
    chromium: Path


def demand_parts() -> Parts | None:
    """Node and Chromium. None if one is missing or the portal is not built."""
    building = _builder()
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None or not building.is_built():
        return None
    node = (building.node_of_machine() or building.node_of_wheel())[0]
    return Parts(node, Path(chromium))


def play(system: System, stage: Stage, parts: Parts, wanted: Wanted) -> list[Measure]:
    system.start("web")
    system.wait_until_ready()
    order = {
        "base": system.base_url,
        "tenant": stage.tenant,
        "email": stage.email,
        "password": stage.password,
        "executable": str(parts.chromium),
        "workflow": stage.workflow,
        "runs": wanted.runs,
        "rounds": wanted.rounds,
        "rows": wanted.rows,
        "scrollSeconds": wanted.scroll_seconds,
        "pages": wanted.pages,
        "seconds": wanted.seconds,
        "scenes": wanted.scenes,
        "trace": None if wanted.trace is None else str(wanted.trace.absolute()),
    }
    command = [str(parts.node), str(ROOT / "portal" / "bench" / "measure.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as browser:
        assert browser.stdin is not None
        assert browser.stdout is not None
        browser.stdin.write(json.dumps(order))
        browser.stdin.close()
        measures: list[Measure] = []
        for text in browser.stdout:
            found: Mapping[str, Any] = json.loads(text)
            if found["scene"] == "crowd":
                measures.append(_crowd(system, stage, wanted, found["open"]))
            elif found["scene"] == "crowd over":
                print(f"{found['live']} of {wanted.pages} open pages received a transition", flush=True)
            else:
                measures.append(measure_of(found))
    if browser.returncode != 0:
        raise RuntimeError(f"The browser's script ended with {browser.returncode}.")
    return measures


def _crowd(system: System, stage: Stage, wanted: Wanted, pages: int) -> Measure:
    """The processor time of web while the pages are open and runs change."""
    database = with_parts(system.superuser_url, database="automate")
    order = writer.Order(database, system.environ["REDIS_URL"], wanted.rate, wanted.seconds, 1, [stage.feed])
    moving = subprocess.Popen([sys.executable, "-m", writer.__name__], stdin=subprocess.PIPE, text=True)
    assert moving.stdin is not None
    moving.stdin.write(json.dumps(asdict(order)))
    moving.stdin.close()
    process = psutil.Process(system.processes["web"].pid)
    before, began = _cpu(process), time.monotonic()
    time.sleep(max(1.0, wanted.seconds - SPARE_SECONDS))
    cores = (_cpu(process) - before) / (time.monotonic() - began)
    moving.wait(timeout=60)
    return Measure(f"{pages} open pages", round(cores, 3), "cores", 0.25)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_portal", ROOT / "scripts" / "build_portal.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
