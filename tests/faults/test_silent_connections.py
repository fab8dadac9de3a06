"""Connections that a middlebox has swallowed: bytes go in, nothing comes out, and no error says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from automate.project.reaching import ANSWER_SECONDS
from tests.support.books import Books, assert_exact
from tests.support.processes import WEBHOOK_SECRET, Database, Platform
from tests.support.receiver import Receiver
from tests.support.silent_proxy import SilentProxy
from tests.support.webhooks import Senders

EVENTS = 400
MOVED = 150
"""So many runs more have called the receiver: the queue moves. More than the calls that were in flight, which need no PostgreSQL."""
AGAIN_SECONDS = 45.0
"""Within which the queue moves again, with the settings of a new installation. A process that ends itself has to start again besides,
which takes as long as its start took before."""
SWALLOWED_SECONDS = 15.0
DEFAULTS = {
    "AUTOMATE_LEASE_SECONDS": "30",
    "AUTOMATE_HEARTBEAT_SECONDS": "10",
    "AUTOMATE_RESEND_SECONDS": "15",
}
HASTY = {
    "AUTOMATE_STATEMENT_TIMEOUT_MS": "1000",
    "AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS": "1000",
    "AUTOMATE_OVERDUE_SECONDS": "16",
}


@dataclass
class Detour:
    """A platform whose processes reach both servers through proxies. Tests read the servers directly."""

    platform: Platform
    receiver: Receiver
    proxies: tuple[SilentProxy, SilentProxy]
    books: Books

    def senders(self) -> Senders:
        return Senders(self.platform.hooks_url, WEBHOOK_SECRET, patience_seconds=120)

    def silence(self, *, new: bool = False) -> None:
        silent = [proxy.silence(new=new) for proxy in self.proxies]
        assert silent[0] > 0, "no connection to PostgreSQL was open"

    def accept_new(self) -> None:
        for proxy in self.proxies:
            proxy.accept_new()


MakeDetour = Callable[..., Detour]


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _at(url: str, port: int) -> str:
    return url.replace(f":{_port(url)}/", f":{port}/")


@pytest.fixture
def detour(tmp_path: Path, copy: Database) -> Iterator[MakeDetour]:
    with ExitStack() as stack:

        def make(**knobs: str) -> Detour:
            receiver = stack.enter_context(Receiver())
            platform = stack.enter_context(Platform(tmp_path / "platform", copy, **knobs))
            postgres = stack.enter_context(SilentProxy(_port(copy.app_url)))
            redis = stack.enter_context(SilentProxy(platform.valkey.port))
            platform.detours |= {
                "DATABASE_URL": _at(copy.app_url, postgres.port),
                "REDIS_URL": _at(platform.valkey.url, redis.port),
            }
            platform.keep("web")
            platform.await_ready("web")
            platform.install(receiver.url)
            return Detour(platform, receiver, (postgres, redis), Books(platform))

        yield make


def _scenario(scene: Detour, *, sabotage: str = "", swallowed_seconds: float = 0.0) -> None:
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    began = time.monotonic()
    for name in ("relay", "worker", "worker-2"):
        platform.keep(name, sabotage=sabotage)
    for name in ("worker", "worker-2"):
        platform.await_ready(name)
    started_seconds = time.monotonic() - began
    senders = scene.senders().begin(range(EVENTS))
    senders.wait_accepted(EVENTS // 4)
    scene.silence(new=swallowed_seconds > 0)
    silent_at, told = time.monotonic(), len({call.key for call in receiver.calls})
    over = silent_at + swallowed_seconds
    platform.until(lambda: time.monotonic() >= over, swallowed_seconds + 1, "the proxy to forward new connections")
    scene.accept_new()
    platform.until(
        lambda: len({call.key for call in receiver.calls}) >= told + MOVED,
        silent_at + AGAIN_SECONDS + (started_seconds if sabotage else 0.0) - time.monotonic(),
        "the queue to move",
    )
    senders.join(2 * AGAIN_SECONDS)
    books.await_settled(EVENTS)
    assert_exact(books, senders, receiver, EVENTS)
    assert receiver.repeated() <= books.uncertain()


@pytest.mark.long
@pytest.mark.slow
def test_queue_moves_again_when_connections_fall_silent(detour: MakeDetour) -> None:
    scene = detour(**DEFAULTS)
    _scenario(scene)
    assert scene.platform.deaths == {}, "no process has to end for it"


@pytest.mark.slow
@pytest.mark.long
def test_queue_moves_again_when_new_connections_are_swallowed_as_well(detour: MakeDetour) -> None:
    scene = detour(**DEFAULTS)
    _scenario(scene, swallowed_seconds=SWALLOWED_SECONDS)
    assert scene.platform.deaths == {}


@pytest.mark.slow
@pytest.mark.long
def test_process_that_waits_for_ever_ends_itself(detour: MakeDetour) -> None:
    """Without deadlines a process stands still. Its watch ends it, and it is started again."""
    scene = detour(**HASTY)
    _scenario(scene, sabotage="waits_for_ever")
    deaths = scene.platform.deaths
    assert deaths
    assert set(deaths) <= {"relay", "worker", "worker-2"}
    for name in deaths:
        assert scene.platform.said(name, "silent_seconds", ever=True) > 0, "it logs which loop is overdue"


@pytest.mark.slow
@pytest.mark.long
def test_process_that_waits_for_ever_unwatched_is_found_out(detour: MakeDetour) -> None:
    with pytest.raises(AssertionError, match="the queue to move"):
        _scenario(detour(**HASTY), sabotage="waits_for_ever_unwatched")


@pytest.mark.slow
def test_web_is_unready_while_postgres_is_silent_and_ready_after(detour: MakeDetour) -> None:
    scene = detour(**DEFAULTS)
    platform = scene.platform
    assert platform.ready_status() == 200
    scene.silence(new=True)
    began = time.monotonic()
    assert platform.ready_status() == 503
    assert time.monotonic() - began < ANSWER_SECONDS, "sooner than a health check gives up"
    scene.accept_new()
    platform.until(lambda: platform.ready_status() == 200, AGAIN_SECONDS, "web to be ready")
    scene.senders().begin(range(10)).join()
