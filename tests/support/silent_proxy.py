"""A TCP proxy that can go silent as a lossy middlebox does: it acknowledges every byte, forwards none and closes nothing."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from typing_extensions import Self

from automate.project.reaching import LOOPBACK

CHUNK = 65_536
SEND_SECONDS = 10.0


class SilentProxy:
    """Forwards connections to a port of this machine. Use as ``with``. port: its own."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._silent: set[socket.socket] = set()
        self._swallows_new = False
        self._todo: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._inner, self._outer = socket.socketpair()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="silent-proxy", daemon=True)
        self._closed = False

    def __enter__(self) -> Self:
        for readable in (self._listener, self._inner):
            self._selector.register(readable, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closed = True
        self._outer.send(b"x")
        self._thread.join(SEND_SECONDS)
        for open_socket in (*self._peers, self._listener, self._inner, self._outer):
            open_socket.close()
        self._selector.close()

    def silence(self, *, new: bool = False) -> int:
        """Swallow both directions of the open connections from now on. new: swallow later connections as well.

        Returns how many connections went silent.
        """
        done = threading.Event()
        silenced = list[socket.socket]()

        def act() -> None:
            silenced.extend(self._peers.keys() - self._silent)
            self._silent.update(self._peers)
            self._swallows_new = new
            done.set()

        self._ask(act)
        assert done.wait(SEND_SECONDS)
        return len(silenced) // 2

    def accept_new(self) -> None:
        """Forward later connections again. Silent connections stay silent."""
        self._ask(lambda: setattr(self, "_swallows_new", False))

    def _ask(self, act: Callable[[], None]) -> None:
        with self._lock:
            self._todo.append(act)
        self._outer.send(b"x")

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select():
                if key.fileobj is self._inner:
                    self._obey()
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    self._forward(key.fileobj)  # type: ignore[arg-type]

    def _obey(self) -> None:
        self._inner.recv(CHUNK)
        with self._lock:
            todo, self._todo = self._todo, []
        for act in todo:
            act()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection((LOOPBACK, self._target), SEND_SECONDS)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            one.settimeout(SEND_SECONDS)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)
            if self._swallows_new:
                self._silent.add(one)

    def _forward(self, source: socket.socket) -> None:
        if source not in self._peers:
            return  # closed by an earlier event of the same turn
        try:
            data = source.recv(CHUNK)
        except OSError:
            data = b""
        if source in self._silent:
            if not data:
                self._selector.unregister(source)
            return
        try:
            if data:
                self._peers[source].sendall(data)
                return
        except OSError:
            pass
        self._close(source)

    def _close(self, source: socket.socket) -> None:
        for one in (source, self._peers[source]):
            del self._peers[one]
            with suppress(KeyError):
                self._selector.unregister(one)
            one.close()
