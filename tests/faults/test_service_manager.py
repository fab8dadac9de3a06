"""The real processes under a service manager: they say that they have started, live and stop, as systemd wants to hear it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from automate.processes.notify import READY, STOPPING, WATCHDOG
from tests.support.processes import Database, Platform
from tests.support.service_manager import Manager

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(tmp_path: Path, copy: Database) -> Iterator[Platform]:
    with Platform(tmp_path / "platform", copy) as made:
        made.detours["AUTOMATE_ADMIN_DATABASE_URL"] = copy.admin_url
        yield made


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(str(tmp_path / "notify"))) as made:
        yield made


@pytest.mark.parametrize("process", ["web", "relay", "worker", "scheduler"])
def test_process_reports_its_life(platform: Platform, manager: Manager, process: str) -> None:
    platform.detours |= {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "3000000"}
    platform.start(process)
    assert [manager.receive() for _ in range(3)] == [READY, WATCHDOG, WATCHDOG]
    if process == "web":
        assert platform.ready_status() == 200, "it is ready once it listens"
    platform.ask_to_end(process)
    while (message := manager.receive()) != STOPPING:
        assert message == WATCHDOG
    platform.await_end(process)
    assert platform.returncode(process) == 0


@pytest.mark.parametrize("process", ["relay", "worker"])
def test_process_without_postgres_is_started_and_lives(platform: Platform, manager: Manager, process: str) -> None:
    """It waits for PostgreSQL; a service manager that started it again would change nothing."""
    platform.detours |= {
        "NOTIFY_SOCKET": manager.address,
        "WATCHDOG_USEC": "3000000",
        "DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/nothing",
    }
    platform.start(process)
    assert [manager.receive() for _ in range(4)] == [READY, WATCHDOG, WATCHDOG, WATCHDOG]
    assert platform.returncode(process) is None
