"""Limit the connections of a web process by the number of files that the process may open.

At the limit, a new connection replaces the connection that has been idle longest. If every connection serves a request,
a few more are accepted, for health checks only.
"""

from __future__ import annotations

import resource
from typing import Protocol

MOST_REQUESTS = 2_048
"""Connections beside WebSockets: requests, event streams, and idle connections."""
OTHER_FILES = 256
"""Sockets to PostgreSQL and Valkey, logs, modules, and connections that are refused."""


class Connection(Protocol):
    def give_way(self) -> None: ...


class Connections:
    """The connections of one event loop. most: the maximum number of connections, without those for health checks."""

    def __init__(self) -> None:
        self.most = MOST_REQUESTS
        # The longest idle first.
        self._idle: dict[Connection, None] = {}

    def fit_files(self, sockets: int) -> None:
        """Raise the process's limit of open files as far as possible, and set ``most`` to what fits.

        sockets: the maximum number of WebSockets.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_REQUESTS + sockets
        wanted = most + OTHER_FILES if hard == resource.RLIM_INFINITY else min(most + OTHER_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        self.most = most if soft == resource.RLIM_INFINITY else max(1, min(most, soft - OTHER_FILES))

    def idle(self, connection: Connection) -> None:
        """Record that a connection serves no request."""
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def busy(self, connection: Connection) -> None:
        """Record that a connection serves a request, or is closed."""
        self._idle.pop(connection, None)

    def make_room(self, count: int) -> bool:
        """Close the connection that has been idle longest, if there are too many connections.

        count: the number of connections, including the new one. Returns False if there are too many connections and
        none is idle.
        """
        if count <= self.most:
            return True
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        del self._idle[oldest]
        oldest.give_way()
        return True
