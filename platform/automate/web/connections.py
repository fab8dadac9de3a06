"""Limits the number of open connections of a web process.

At the limit, a new connection replaces the connection that has been idle longest. If no connection is idle,
the process accepts a few connections above the limit, for health checks.
"""

from __future__ import annotations

import resource
from typing import Protocol

MOST_REQUESTS = 2_048
"""Maximum number of connections in addition to WebSockets: requests, event streams, and idle connections."""
OTHER_FILES = 256
"""Number of other open files: sockets to PostgreSQL and Valkey, logs, modules, and connections that are
refused."""


class IdleConnection(Protocol):
    def give_way(self) -> None: ...


class Connections:
    """The idle connections of one event loop, and the maximum number of open connections."""

    def __init__(self) -> None:
        self.most = MOST_REQUESTS
        # The longest idle first.
        self._idle: dict[IdleConnection, None] = {}

    def fit_files(self, sockets: int) -> None:
        """Raise the process's limit of open files.

        Then set ``most`` to the number of connections that this limit allows.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_REQUESTS + sockets
        wanted = most + OTHER_FILES if hard == resource.RLIM_INFINITY else min(most + OTHER_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        self.most = most if soft == resource.RLIM_INFINITY else max(1, min(most, soft - OTHER_FILES))

    def idle(self, connection: IdleConnection) -> None:
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def busy(self, connection: IdleConnection) -> None:
        self._idle.pop(connection, None)

    def make_room(self, count: int) -> bool:
        """If ``count`` exceeds the maximum, close the connection that has been idle for the longest time.

        Returns False if ``count`` exceeds the maximum and no connection is idle.
        """
        if count <= self.most:
            return True
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        del self._idle[oldest]
        oldest.give_way()
        return True
