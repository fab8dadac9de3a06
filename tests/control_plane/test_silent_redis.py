"""Redis that falls silent: every client gives up after a deadline, and goes on over a new connection."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings

from automate.kernel.redis_clients import HEALTH_CHECK_SECONDS, redis_client
from automate.outbox import wakeups
from graphql_schema import wakes
from tests.support.silent_proxy import SilentProxy

ANSWER_SECONDS = 0.2
SOON_SECONDS = 5.0


@pytest.fixture
def proxy() -> Iterator[SilentProxy]:
    with SilentProxy(urlsplit(settings.REDIS_URL).port or 0) as made:
        yield made


@pytest.fixture
def url(proxy: SilentProxy) -> str:
    parts = urlsplit(settings.REDIS_URL)
    return settings.REDIS_URL.replace(f":{parts.port}/", f":{proxy.port}/")


def test_command_gives_up_and_the_next_one_works(proxy: SilentProxy, url: str) -> None:
    with redis_client(url, answer_seconds=ANSWER_SECONDS) as client:
        client.ping()
        proxy.silence()
        began = time.monotonic()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        assert time.monotonic() - began < SOON_SECONDS
        assert client.ping()


def test_command_is_sent_again_where_that_was_asked_for(proxy: SilentProxy, url: str) -> None:
    with redis_client(url, answer_seconds=ANSWER_SECONDS, retries=1) as client:
        client.ping()
        proxy.silence()
        assert client.ping()


def test_sockets_have_their_options(url: str) -> None:
    with redis_client(url, answer_seconds=ANSWER_SECONDS) as client:
        connection: Any = client.connection_pool.get_connection()
        try:
            options = {
                name: connection._sock.getsockopt(level, getattr(socket, name))
                for level, name in (
                    (socket.SOL_SOCKET, "SO_KEEPALIVE"),
                    (socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
                    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"),
                )
            }
        finally:
            client.connection_pool.release(connection)
    assert options == {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 10, "TCP_USER_TIMEOUT": 25_000}
    assert connection.health_check_interval == HEALTH_CHECK_SECONDS


def test_url_has_the_last_word(url: str) -> None:
    with redis_client(f"{url}?socket_timeout=7", answer_seconds=ANSWER_SECONDS) as client:
        assert client.connection_pool.connection_kwargs["socket_timeout"] == 7


def test_unix_socket_has_no_options_of_tcp() -> None:
    redis_client("unix:///nowhere/redis.sock", answer_seconds=ANSWER_SECONDS).connection_pool.make_connection()


@pytest.mark.slow
def test_wait_for_a_hint_is_no_longer_than_asked_for(
    proxy: SilentProxy, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", url)
    wakeups._waiting_client.cache_clear()
    try:
        wakeups.wait_for_wakeup("silent:key", 0.05)
        proxy.silence()
        began = time.monotonic()
        wakeups.wait_for_wakeup("silent:key", 0.05)
        assert time.monotonic() - began < wakeups.BLOCK_SECONDS + wakeups.CONNECT_SECONDS + SOON_SECONDS
    finally:
        wakeups._waiting_client().close()
        wakeups._waiting_client.cache_clear()


def test_subscription_that_fell_silent_is_made_again(
    proxy: SilentProxy, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", url)
    monkeypatch.setattr(wakes, "_PING_SECONDS", ANSWER_SECONDS)
    monkeypatch.setattr(wakes, "ALONE_POLL_SECONDS", 0.05)
    monkeypatch.setattr(wakes, "_LOOK_UP_SECONDS", 0.05)

    async def woken(waiter: wakes.Waiter) -> None:
        await asyncio.wait_for(waiter.event.wait(), SOON_SECONDS)
        waiter.event.clear()

    async def follow() -> None:
        mine = wakes.Wakes()
        with mine.of("silent:channel") as waiter:
            await woken(waiter)  # by its subscription
            proxy.silence()
            await woken(waiter)  # by the next one
            with redis_client(url, answer_seconds=SOON_SECONDS) as client:
                client.publish("silent:channel", b"")
            await woken(waiter)

    asyncio.run(follow())
