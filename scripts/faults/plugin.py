"""The pytest plugin that a copied tree loads as ``fault_plugin``. It selects tests and records their outcomes.

FAULT_TESTS: JSON list of node ids to run, in this order; without it all run.
FAULT_OUTCOMES: file that gets a line of JSON when a test begins and when one of its phases ends.
FAULT_FOLDER: folder of a probed tree; the session stores the number of its current test or fixture there.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if (folder := os.environ.get("FAULT_FOLDER")) and not _only_directs(config):
        config.pluginmanager.register(Session(Path(folder)), "fault-session")


def _only_directs(config: pytest.Config) -> bool:
    """Whether this is xdist's controller, which runs no test."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if listed := os.environ.get("FAULT_TESTS"):
        order = {nodeid: place for place, nodeid in enumerate(json.loads(Path(listed).read_text("utf-8")))}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in order])
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])
        _tell(kept=len(items))


def pytest_runtest_logstart(nodeid: str) -> None:
    _tell(began=nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _tell(ended=report.nodeid, when=report.when, outcome=report.outcome, seconds=round(report.duration, 3))


def _tell(**told: Any) -> None:
    if path := os.environ.get("FAULT_OUTCOMES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")


class Session:
    """Numbers each test and each run of a fixture wider than a function. Writes what a number stands for."""

    def __init__(self, folder: Path) -> None:
        name = f"session-{os.getpid()}"
        self._table = folder / f"{name}.jsonl"
        now = folder / f"{name}.now"
        now.write_bytes(bytes(8))
        now.chmod(0o666)
        with now.open("r+b") as file:
            self._now = mmap.mmap(file.fileno(), 8)
        self._last, self._current, self._test = 0, 0, ""
        os.environ["FAULT_SESSION"] = name

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        began, self._test = time.monotonic(), item.nodeid
        self._begin(kind="test")
        try:
            return (yield)
        finally:
            fixtures = [
                _name(definition)
                for definitions in item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]  # noqa: SLF001 - pytest has no other door
                for definition in definitions
                if definition.scope != "function"
            ]
            markers = sorted({marker.name for marker in item.iter_markers()})
            seconds = round(time.monotonic() - began, 3)
            self._write(done=item.nodeid, seconds=seconds, markers=markers, fixtures=fixtures)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        outer = self._current
        self._begin(kind="fixture", fixture=_name(fixturedef))
        try:
            return (yield)
        finally:
            self._set(outer)

    def _begin(self, **what: str) -> None:
        self._last += 1
        self._write(number=self._last, test=self._test, **what)
        self._set(self._last)

    def _set(self, number: int) -> None:
        self._current = number
        struct.pack_into("<Q", self._now, 0, number)

    def _write(self, **row: Any) -> None:
        with self._table.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _name(definition: pytest.FixtureDef[Any]) -> str:
    return f"{definition.baseid}::{definition.argname}"
