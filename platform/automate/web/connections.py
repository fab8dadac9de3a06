"""Limits the connections of a web process.

At the limit, a new connection replaces the connection that has been idle longest.
If no connection is idle, only a few more are accepted, for health checks.
"""

from __future__ import annotations

import resource
from typing import Protocol

MOST_REQUESTS = 2_048
"""Maximum number of connections in addition to WebSockets: requests, event streams, and idle connections."""
OTHER_FILES = 256
"""Number of other open files: sockets to PostgreSQL and Valkey, logs, modules, and connections that are
refused."""


class Connection(Protocol):
    def give_way(self) -> None: ...


class Connections:
    """The connections of one event loop."""

    def __init__(self) -> None:
        self.most = MOST_REQUESTS
        # The longest idle first.
        self._idle: dict[Connection, None] = {}

    def fit_files(self, sockets: int) -> None:
        """Raise the limit of open files. Then set ``most`` to the number of connections that this limit allows."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_REQUESTS + sockets
        wanted = most + OTHER_FILES if hard == resource.RLIM_INFINITY else min(most + OTHER_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        self.most = most if soft == resource.RLIM_INFINITY else max(1, min(most, soft - OTHER_FILES))

    def idle(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def busy(self, connection: Connection) -> None:
        self._idle.pop(connection, None)

    def make_room(self, count: int) -> bool:
        """Close the longest idle connection if there are too many. Returns False if no connection is idle."""
        if count <= self.most:
            return True
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        del self._idle[oldest]
        oldest.give_way()
        return True
