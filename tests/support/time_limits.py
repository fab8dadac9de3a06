"""A test that outlives its time fails, whatever it stands in.

pytest-timeout raises a failure from the handler of a signal. uvloop lets nothing out of such a handler but what ends a
program, so there the failure is lost and the test stands for ever, and with it the whole run.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Generator
from types import FrameType
from typing import Any

import pytest
from pytest_timeout import dump_stacks


class OutOfTime(KeyboardInterrupt):
    """Leaves every event loop, as a Ctrl-C does."""


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """One limit for the test, and the same again for what it leaves: then its process ends, and says where it stood."""

    def last(_signal: int, _frame: FrameType | None) -> None:
        capture = item.config.pluginmanager.getplugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=True)
        print(f"{item.nodeid} did not end after its time-out; its process does.", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(sys.stderr)
        os._exit(1)

    def first(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, last)
        signal.setitimer(signal.ITIMER_REAL, settings.timeout)
        dump_stacks(item.config.get_terminal_writer())
        raise OutOfTime(f"Timeout (>{settings.timeout}s): {item.nodeid}")

    signal.signal(signal.SIGALRM, first)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout)
    return True


def pytest_timeout_cancel_timer() -> bool:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    return True


def _in_time() -> Generator[None, object, object]:
    """A failure of the test, where pytest would take a Ctrl-C for the end of all tests."""
    try:
        return (yield)
    except OutOfTime as late:
        raise pytest.fail.Exception(str(late)) from late


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    return (yield from _in_time())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    return (yield from _in_time())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    return (yield from _in_time())
