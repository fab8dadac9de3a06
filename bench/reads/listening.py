"""Wait for a server of the bench."""

from __future__ import annotations

import time

from bench.reads import client

PATIENCE_SECONDS = 60.0


def wait_for(port: int) -> None:
    """Wait until a server answers. Raises TimeoutError if no process answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            client.one(port, client.post("/typename", b"{}"))
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers at port {port}")
