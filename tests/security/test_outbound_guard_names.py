"""Lookups: one for all who ask for a name at a time, few for a tenant, and one that does not end holds up nobody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from actors.connectors.guard import caching_resolver
from actors.connectors.guard.caching_resolver import MAX_LOOKUPS_OF_A_TENANT, CachingResolver, NotAskedError, Threads
from automate.kernel.tenancy import acting_for
from tests.support.outbound import tenant
from tests.support.raw_server import run


class Silent:
    """A resolver that answers for no name that begins with ``silent``, until it is told to."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.gives_up = asyncio.Event()

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked[host] += 1
        await asyncio.sleep(0)
        if host.startswith("silent"):
            await self.gives_up.wait()
            raise OSError
        return [] if host.startswith("nothing") else ["192.0.2.1"]


async def outcome(asked: CachingResolver, host: str) -> str:
    try:
        return str(await asked(host, 443))
    except (TimeoutError, NotAskedError) as error:
        return type(error).__name__


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching_resolver, "RESOLVE_SECONDS", 0.2)


def test_calls_that_want_a_name_at_once_ask_once() -> None:
    async def work() -> None:
        resolver = Silent()
        asked = CachingResolver(resolver, 0)
        assert set(await asyncio.gather(*(outcome(asked, "good") for _ in range(50)))) == {"['192.0.2.1']"}
        assert resolver.asked["good"] == 1

    run(work())


def test_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    async def work() -> None:
        asked = CachingResolver(Silent(), 1.0)
        first = asyncio.ensure_future(outcome(asked, "good"))
        second = asyncio.ensure_future(outcome(asked, "good"))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == "['192.0.2.1']"

    run(work())


def test_tenant_whose_lookups_do_not_end_holds_up_no_other() -> None:
    async def work() -> None:
        resolver = Silent()
        asked = CachingResolver(resolver, 1.0)
        with acting_for(tenant()):
            flood = [asyncio.ensure_future(outcome(asked, f"silent{number}")) for number in range(100)]
            await asyncio.sleep(0)
            own = asyncio.ensure_future(outcome(asked, "good of its own"))
        with acting_for(tenant()):
            assert await outcome(asked, "good") == "['192.0.2.1']"
        # Its own calls fail without blame on the names that were not asked for, and no lookup is begun in place of one that
        # nobody waits for any more.
        found = Counter(await asyncio.gather(*flood))
        assert found == {"TimeoutError": MAX_LOOKUPS_OF_A_TENANT, "NotAskedError": 100 - MAX_LOOKUPS_OF_A_TENANT}
        assert await own == "NotAskedError"
        assert sum(resolver.asked.values()) == MAX_LOOKUPS_OF_A_TENANT + 1
        resolver.gives_up.set()
        with acting_for(tenant()):
            assert await outcome(asked, "another good one") == "['192.0.2.1']"

    run(work())


def test_places_are_given_back_when_lookups_end() -> None:
    async def work() -> None:
        resolver = Silent()
        asked = CachingResolver(resolver, 0)
        with acting_for(tenant()):
            await asyncio.gather(*(outcome(asked, f"silent{number}") for number in range(20)))
            assert await outcome(asked, "good") == "NotAskedError"
            resolver.gives_up.set()
            await asyncio.sleep(0)
            assert await outcome(asked, "good") == "['192.0.2.1']"
        assert not asked._under_way
        assert (asked._places._value, len(asked._places_of)) == (caching_resolver.MAX_LOOKUPS, 0)

    run(work())


@pytest.mark.slow
def test_silence_and_failures_are_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching_resolver, "RESOLVE_SECONDS", 1.0)
    monkeypatch.setattr(caching_resolver, "REMEMBER_SILENCE_SECONDS", 3.0)

    async def work() -> None:
        resolver = Silent()
        asked = CachingResolver(resolver, 0.8)
        assert await outcome(asked, "silent") == "TimeoutError"
        # Nobody waits once more for what does not answer, and nobody asks once more.
        began = time.monotonic()
        assert await outcome(asked, "silent") == "TimeoutError"
        resolver.gives_up.set()
        for _ in range(3):
            assert await outcome(asked, "nothing") == "[]"
        assert time.monotonic() - began < 0.8
        assert resolver.asked == {"silent": 1, "nothing": 1}
        await asyncio.sleep(1)
        assert await outcome(asked, "silent") == "TimeoutError"
        assert await outcome(asked, "nothing") == "[]"
        assert resolver.asked == {"silent": 1, "nothing": 2}
        await asyncio.sleep(3)
        await outcome(asked, "silent")
        assert resolver.asked == {"silent": 2, "nothing": 2}

    run(work())


def test_threads_are_as_many_as_there_is_work_at_once_and_used_again() -> None:
    threads, gate, inside = Threads("of-this-test"), threading.Event(), threading.Barrier(6)

    def wait() -> None:
        inside.wait(10)
        gate.wait(10)

    waiting = [threads.submit(wait) for _ in range(5)]
    inside.wait(10)
    gate.set()
    for one in waiting:
        one.result(10)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 1, 0).result(10)
    assert sum(thread.name == "of-this-test" for thread in threading.enumerate()) <= 6


def test_process_ends_beside_a_lookup_that_does_not() -> None:
    code = "import threading; from actors.connectors.guard.caching_resolver import Threads; Threads('x').submit(threading.Event().wait)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
