"""Messages to the service manager, as systemd receives them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from automate.processes.notify import READY, WATCHDOG, notify, watchdog_seconds
from tests.support.service_manager import Manager

SECONDS = 20.0
WATCHED = """
import sys
from automate.processes.watch import watch
watch.start()
sys.stdin.read()
"""


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@automate-test-{os.getpid()}"
    with closing(Manager(address)) as made:
        yield made


def test_message_arrives(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    notify(READY)
    assert manager.receive() == "READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens", "vsock:2:1234"])
def test_nobody_listening_disturbs_nothing(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify(READY)


def test_full_socket_does_not_block(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    for _ in range(2_000):
        notify(WATCHDOG)
    assert manager.receive() == WATCHDOG


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "90000000"}, 90.0),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(os.getpid())}, 90.0),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_is_asked_for_by_the_manager(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], seconds: float | None
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert watchdog_seconds() == seconds


def test_process_says_that_it_is_ready_and_lives(manager: Manager) -> None:
    environ = {**os.environ, "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "300000"}
    environ.pop("WATCHDOG_PID", None)
    process = subprocess.Popen([sys.executable, "-c", WATCHED], stdin=subprocess.PIPE, env=environ)
    try:
        assert [manager.receive() for _ in range(3)] == [READY, WATCHDOG, WATCHDOG]
    finally:
        process.communicate(timeout=SECONDS)
