"""Finds out whether only Django listens to ``request_started`` and ``request_finished``.

If so, the web process does not send these signals. Sending these signals takes a seventh of the time of a short request.
"""

from __future__ import annotations

import weakref

from django.core import signals
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries

_DJANGOS = frozenset({reset_queries, close_old_connections, close_caches, reset_urlconf})
"""Django's own receivers.

For requests without middleware, one call of ``close_old_connections`` replaces them: no URL is resolved, no
cache is used, and queries are logged only in tests.
"""


class Listeners:
    """Remembers whether all receivers of the signals belong to Django."""

    def __init__(self) -> None:
        self._counts = (-1, -1)
        self._djangos = False

    def are_djangos(self) -> bool:
        both = (signals.request_started, signals.request_finished)
        counts = (len(both[0].receivers), len(both[1].receivers))
        if counts != self._counts:
            self._djangos = all(_called(entry[1]) in _DJANGOS for signal in both for entry in signal.receivers)
            self._counts = counts
        return self._djangos


def _called(receiver: object) -> object:
    return receiver() if isinstance(receiver, weakref.ReferenceType) else receiver
