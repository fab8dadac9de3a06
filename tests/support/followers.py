"""Clients that follow a list in the order of commits, and writers that commit in another order than they began."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

from automate.events.queries import source_id_of
from automate.events.services import NewEvent, record_events
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import TenantRef, acting_for
from automate.kernel.transactions import in_transaction
from tests.support import rows
from tests.support.api import Api

CLIENT = Principal(kind="api_token", name="shop", id="1")
LONGEST_SECONDS = 0.01
"""For which a writer keeps its transaction open after it has written."""
Write = Callable[[], object]

PAGE = """query($after: String, $first: Int, $last: Int) {
  %s(order: COMMITTED, after: $after, first: $first, last: $last) { edges { node { id } } pageInfo { endCursor hasNextPage } }
}"""


def write_event(kind: str = "order.created", *, source: str = "api", subject: str = "") -> None:
    """An event, in the current transaction."""
    event = NewEvent(source_id=source_id_of(source), type=kind, body=b"{}", trace_id=rows.TRACE, subject=subject)
    record_events([event], audited=False)


def write_run(made: rows.Flow) -> None:
    """A run that is queued, in the current transaction."""
    rows.transition(made, rows.run(made, rows.event(), steps=0), "", "queued")


def writing(tenant: TenantRef, write: Write, *, writers: int, each: int) -> threading.Thread:
    """A thread in which so many writers commit so many transactions each, all at once."""

    def one(number: int) -> None:
        chance = random.Random(number)
        with acting_for(tenant), acting_as(CLIENT):
            for _ in range(each):
                with in_transaction():
                    write()
                    time.sleep(chance.uniform(0, LONGEST_SECONDS))
        connection.close()

    def all_of_them() -> None:
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(one, range(writers)))

    thread = threading.Thread(target=all_of_them)
    thread.start()
    return thread


def commit(tenant: TenantRef, write: Write) -> None:
    """Write in a transaction that is short."""
    with acting_for(tenant), acting_as(CLIENT), in_transaction():
        write()


@contextmanager
def held_open(tenant: TenantRef, write: Write) -> Iterator[None]:
    """A transaction that has written and does not commit before the end of the block."""
    written, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with acting_for(tenant), acting_as(CLIENT), in_transaction():
            write()
            written.set()
            assert go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert written.wait(20)
        yield
    finally:
        go_on.set()
        thread.join(20)


class Follower:
    """Follows ``events`` or ``runs``. seen: the ids, in the order in which they came."""

    def __init__(self, api: Api, field: str, first: int = 100) -> None:
        self.api, self.field, self.first = api, field, first
        self.seen: list[str] = []
        self.cursor: str | None = None

    def page(self, **arguments: Any) -> bool:
        """Read one page. Returns whether there is more."""
        page = self.api.data(PAGE % self.field, **arguments)[self.field]
        self.seen += [edge["node"]["id"] for edge in page["edges"]]
        self.cursor = page["pageInfo"]["endCursor"]
        return bool(page["pageInfo"]["hasNextPage"])

    def look(self) -> int:
        """Read all that can be read now. Returns how many pages that took."""
        pages = 1
        while self.page(after=self.cursor, first=self.first):
            pages += 1
        return pages
