"""Sends messages to the service manager by sd_notify(3)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

READY = "READY=1"
WATCHDOG = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def notify(message: str) -> None:
    """Send a message to the service manager. Never blocks and never fails."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return
    # A leading @ means a socket in Linux' abstract namespace.
    path = "\0" + address[1:] if address[0] == "@" else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        sender.sendto(message.encode(), path)


def watchdog_seconds() -> float | None:
    # None if the service manager does not watch the process.
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID") or str(os.getpid())
    if not usec.isdecimal() or int(usec) == 0 or pid != str(os.getpid()):
        return None
    return int(usec) / 1_000_000
