"""Connections that a middlebox has swallowed: bytes go in, nothing comes out, and no error says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.books import Books, assert_exact
from tests.support.processes import WEBHOOK_SECRET, Database, Platform
from tests.support.receiver import Receiver
from tests.support.silent_proxy import SilentProxy
from tests.support.webhooks import Senders

EVENTS = 400
AGAIN_SECONDS = 45.0
"""Within which the queue has to move again, with the settings of a new installation."""
DEFAULTS = {
    "AUTOMATE_LEASE_SECONDS": "30",
    "AUTOMATE_HEARTBEAT_SECONDS": "10",
    "AUTOMATE_RESEND_SECONDS": "15",
}
HASTY = {"AUTOMATE_STATEMENT_TIMEOUT_MS": "2000", "AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS": "2000"}
HASTY_SECONDS = 20.0


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
        for proxy in self.proxies:
            assert proxy.silence(new=new) > 0

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


def _scenario(scene: Detour, seconds: float, *, sabotage: str = "", new_swallowed_seconds: float = 0.0) -> None:
    platform, receiver, books = scene.platform, scene.receiver, scene.books
    for name in ("relay", "worker", "worker-2"):
        platform.keep(name, sabotage=sabotage)
    for name in ("worker", "worker-2"):
        platform.await_ready(name)
    senders = scene.senders().begin(range(EVENTS // 2))
    senders.wait_accepted(EVENTS // 4)
    scene.silence(new=new_swallowed_seconds > 0)
    told = len({call.key for call in receiver.calls})
    later = scene.senders()
    if new_swallowed_seconds:
        import time

        time.sleep(new_swallowed_seconds)
    scene.accept_new()
    took = platform.until(
        lambda: len({call.key for call in receiver.calls}) >= told + EVENTS // 8, seconds, "the queue to move"
    )
    print("TOOK", took, platform.deaths)
    senders.join(120)
    later.begin(range(EVENTS // 2, EVENTS)).join(120)
    senders.accepted += later.accepted
    print("SETTLED", books.await_settled(EVENTS))
    assert_exact(books, senders, receiver, EVENTS)
    print("REPEATED", len(receiver.repeated()), platform.deaths)
    assert receiver.repeated() <= books.uncertain()


@pytest.mark.slow
def test_queue_moves_again_within_45_seconds(detour: MakeDetour) -> None:
    _scenario(detour(**DEFAULTS), AGAIN_SECONDS)
