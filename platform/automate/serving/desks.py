"""Divides the capacity of the web process into three parts: for health checks, for webhooks, and for all other requests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings

from automate.serving.bodies import Bodies
from automate.serving.fair_threads import FairThreads
from automate.serving.lane_load import LaneLoad

PLACES = 1_024
"""The maximum length of a desk's queue. At a thousand requests a second, the last request waits about one
second."""
HEALTH_THREADS = 2
CROWDED_INTAKE_SHARE = 0.2
"""Webhooks are short, so a flooding tenant releases threads quickly when another tenant has requests."""
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
INTAKE_PATHS = re.compile(r"/t/(?![^/]+/graphql(/stream)?$)")
"""Webhooks and approval pages: requests whose path names a tenant, and whose senders have no token."""


@dataclass(frozen=True)
class Desk:
    """The resources that all requests of one kind share: the threads, and the limits of request bodies."""

    threads: FairThreads
    bodies: Bodies


def _desk(name: str, threads: int, load: LaneLoad | None = None, crowded_share: float = 1.0) -> Desk:
    return Desk(FairThreads(threads, PLACES, name, load, crowded_share), Bodies())


load = LaneLoad()
"""The load of all threads that work for tenants. Health checks have another load, so they do not count as
requests of others."""


class Desks:
    def __init__(self) -> None:
        self.health = _desk("health", HEALTH_THREADS)
        self.intake = _desk("intake", settings.WEB_INTAKE_THREADS, load, CROWDED_INTAKE_SHARE)
        self.rest = _desk("http", settings.WEB_THREADS, load)

    def of(self, path: str) -> Desk:
        if path in HEALTH_PATHS:
            return self.health
        return self.intake if INTAKE_PATHS.match(path) else self.rest
