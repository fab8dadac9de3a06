"""Ports that servers are given."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from automate.devserver import ports


def test_no_server_is_given_the_port_of_web(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens on it yet, so that the kernel takes it for free."""
    given = iter([5001, 5001, 5002])

    class Probe(socket.socket):
        def getsockname(self) -> Any:
            return ("127.0.0.1", next(given))

    monkeypatch.setattr(socket, "socket", Probe)
    monkeypatch.setenv("AUTOMATE_PORT", "5001")
    assert ports.free_port() == 5002
