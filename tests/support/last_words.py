"""A run of tests that is told to stop says which tests it was in, and what had failed until then."""

from __future__ import annotations

import os
import signal
from types import FrameType

import pytest


class LastWords:
    """Of the process that reports: with ``-n`` it hears of each test's start and end from the workers.

    out: a file descriptor that no test's output is taken from.
    """

    def __init__(self, out: int) -> None:
        self._out = out
        self._begun: dict[str, None] = {}
        self._failed: list[str] = []
        self._ending = False

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Say it at once, since whoever tells us may not wait for long; then as by a Ctrl-C, after which pytest still
        shows the failures. Told again where that was lost: in a finalizer nothing that is raised goes any further.
        """
        if self._ending:
            return
        said = ["", "Told to stop (SIGTERM)."]
        said += [f"Under way: {nodeid}" for nodeid in self._begun] + [f"Failed: {nodeid}" for nodeid in self._failed]
        os.write(self._out, "\n".join([*said, ""]).encode())
        raise KeyboardInterrupt

    def pytest_keyboard_interrupt(self) -> None:
        self._ending = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._begun[nodeid] = None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._begun.pop(nodeid, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.append(report.nodeid)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        words = LastWords(os.dup(1))
        config.pluginmanager.register(words)
        signal.signal(signal.SIGTERM, words.stop)
