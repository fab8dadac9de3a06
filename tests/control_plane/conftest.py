from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automate.devserver.ports import free_port
from automate.kernel.tenancy import acting_for
from tests.support.command import Command, command_of

READY_SECONDS = 60


@pytest.fixture
def open_hook(tenant: Any) -> str:
    """The URL of a source that asks for no signature."""
    from automate.triggers.services import save_source

    with acting_for(tenant.ref):
        save_source(slug="open", scheme="UNSIGNED", secrets=[], options=None, expected_revision=None)
    return f"/t/{tenant.ref.slug}/hooks/open"


@pytest.fixture(scope="package")
def web(database: Any) -> Iterator[str]:
    """The URL of a web process on the session's servers."""
    port = free_port()
    environ = {**os.environ, "AUTOMATE_PORT": str(port), "AUTOMATE_BASE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([sys.executable, "-m", "automate.cli", "web"], env=environ)
    ready = threading.Event()

    def ask() -> None:
        while process.poll() is None and not ready.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    ready.set()
            except OSError:
                ready.wait(0.05)
            finally:
                connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert ready.wait(READY_SECONDS), "web did not become ready"
        yield f"http://127.0.0.1:{port}"
    finally:
        ready.set()
        asking.join()
        process.terminate()
        process.wait(30)


@pytest.fixture
def automate(
    web: str, tenant_factory: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command for a tenant of its own."""
    monkeypatch.setenv("AUTOMATE_URL", web)
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant_factory().token)
    return command_of(monkeypatch, capsys)
