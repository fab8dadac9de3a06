"""Subscribers of runFeed, and a run for them to follow."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import feed
from tests.support import rows
from tests.support.api import MAIN_JOB
from tests.support.sockets import Socket

Run = Callable[[Any], Any]
FEED = MAIN_JOB["RunFeed"]
SHORT = "subscription($after: String, $filter: RunFeedFilter) { runFeed(after: $after, filter: $filter) { kind cursor toState gap { from to } } }"


@dataclass(frozen=True)
class Stage:
    """A tenant with a flow and one run."""

    tenant: Any
    flow: rows.Flow
    run: Any

    def write(self, *states: str, publish: bool = True) -> None:
        """Transitions of the run, one transaction each."""
        with acting_for(self.tenant.ref):
            for before, after in itertools.pairwise(states):
                with in_transaction():
                    rows.transition(self.flow, self.run, before, after)
        if publish:
            feed.publish(self.tenant.ref.id)

    async def write_soon(self, *states: str, publish: bool = True) -> None:
        def write() -> None:
            self.write(*states, publish=publish)
            connection.close()

        await asyncio.to_thread(write)


async def states(socket: Socket, count: int) -> list[str]:
    return [(await socket.item())["toState"] for _ in range(count)]
