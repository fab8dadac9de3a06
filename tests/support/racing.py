"""Threads that start together, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connections

Act = Callable[[int], object]


@contextmanager
def racers(count: int) -> Iterator[Callable[[Act], list[Any]]]:
    """A race to be run many times, as ``race``: its threads and their connections stay."""
    barrier = threading.Barrier(count)

    def run(act: Act, number: int) -> Any:
        try:
            # Each waits for the others here, so nobody runs twice.
            barrier.wait(timeout=30)
            return act(number)
        except Exception as error:  # noqa: BLE001 - the outcome of a racer, judged by the test
            return error

    with ThreadPoolExecutor(count) as pool:

        def once(act: Act) -> list[Any]:
            return list(pool.map(run, [act] * count, range(count)))

        try:
            yield once
        finally:
            once(lambda _: connections.close_all())


def race(count: int, act: Act) -> list[Any]:
    """What act gave or raised, by number, when all began at once."""
    with racers(count) as once:
        return once(act)
