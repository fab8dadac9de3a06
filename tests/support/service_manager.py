"""What systemd is to a process: a socket that receives its messages."""

from __future__ import annotations

import socket

SECONDS = 40.0


class Manager:
    """Receives as systemd does. address: for NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(SECONDS)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def receive(self) -> str:
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        self._socket.close()
