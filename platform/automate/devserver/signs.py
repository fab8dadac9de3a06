"""Receives heartbeats from the supervisor's child processes. A heartbeat is ``WATCHDOG=1``, as under systemd."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import time
from collections.abc import Collection

from automate.processes.notify import WATCHDOG

SILENT_SECONDS = 30.0
"""A child process that sends no heartbeat for this long cannot end itself any more."""
START_SECONDS = 120.0
"""The time limit for a child's first sign."""
FROZEN_SECONDS = 5.0
"""If this process pauses for longer, the silence of its children does not count. They may have been frozen as well."""
MESSAGE_BYTES = 4_096
_CREDENTIALS = struct.Struct("3i")
"""pid, uid and gid of a sender, from the kernel."""


class Signs:
    """Receives heartbeats from child processes. For each message, the kernel reports the pid of the sender."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.setblocking(False)
        name = f"automate-{os.getpid()}-{secrets.token_hex(8)}"
        self._socket.bind(f"\0{name}")
        self._environ = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": str(int(SILENT_SECONDS * 1_000_000))}
        self._silent: dict[int, float] = {}
        self._received_at = time.monotonic()

    def environ(self) -> dict[str, str]:
        """Return the environment variables that show a child process where to send its heartbeats."""
        return dict(self._environ)

    def find_silent(self, pids: Collection[int], now: float) -> list[int]:
        """Receive the heartbeats. Return the pids of processes that have sent no heartbeat for too long."""
        elapsed, self._received_at = max(0.0, now - self._received_at), now
        received = self._received()
        before, self._silent = self._silent, {}
        for pid in pids:
            silent = 0.0 if pid in received else before.get(pid, SILENT_SECONDS - START_SECONDS) + elapsed
            self._silent[pid] = silent if elapsed <= FROZEN_SECONDS else min(silent, 0.0)
        return [pid for pid, silent in self._silent.items() if silent > SILENT_SECONDS]

    def close(self) -> None:
        self._socket.close()

    def _received(self) -> set[int]:
        received = set[int]()
        while True:
            try:
                message, extra, _flags, _sender = self._socket.recvmsg(
                    MESSAGE_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size)
                )
            except BlockingIOError:
                return received
            if WATCHDOG.encode() in message.splitlines():
                received.update(
                    _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]
                    for level, kind, data in extra
                    if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
                )
