"""Batches: the bytes of many items, for WebSockets and event streams, and the order in which subscribers get them."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import REGISTRY
from graphql_schema.feeds import subscribers
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.feeds.subscribers import Subscriber, give_all
from tests.support.scrapes import of_registry, value

CUT = "automate_feed_slow_subscribers_total"
SIZES = (0, 60, 70, 80, 90, 65_480, 65_500, 70_000)
"""Of payloads, around the sizes at which the header of a frame grows."""


def batch(*payloads: bytes, first: int = 1) -> FeedBatch:
    positions = [(1, 1, number) for number in range(first, first + len(payloads))]
    return FeedBatch(payloads, positions, positions[-1])


def frames_of(data: bytes) -> list[Frame]:
    """By the library's own parser."""
    reader, found = StreamReader(), []
    reader.feed_data(data)
    reader.feed_eof()
    while data:
        parsing = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parsing)
        except StopIteration as done:
            found.append(done.value)
        at_end = reader.at_eof()
        try:
            next(at_end)
        except StopIteration as done:
            if done.value:
                return found
    return found


@pytest.mark.parametrize("name", ["1", "x" * 128, 'with "quotes" and ü'])
def test_frames_are_whole_messages_with_the_id_of_the_operation(name: str) -> None:
    payloads = [b'"%b"' % (b"x" * size) for size in SIZES]
    made = batch(*payloads)
    for _ in range(2):
        found = frames_of(made.frames(json.dumps(name).encode()))
        assert [frame.opcode for frame in found] == [Opcode.TEXT] * len(payloads)
        assert [json.loads(bytes(frame.data)) for frame in found] == [
            {"id": name, "type": "next", "payload": json.loads(payload)} for payload in payloads
        ]


def test_events_of_a_batch_are_made_once() -> None:
    made = batch(b"1", b"2")
    assert made.events() == b"event: next\ndata: 1\n\nevent: next\ndata: 2\n\n"
    assert made.events() is made.events()


def test_frames_of_few_lengths_of_ids_are_kept() -> None:
    made = batch(b"1")
    for length in range(1, 40):
        made.frames(b"x" * length)
    assert len(made._frames) <= 4


def test_items_up_to_a_position_are_left_out() -> None:
    made = batch(b"1", b"2", b"3", first=5)
    assert made.behind((1, 1, 4)) is made
    assert made.behind((1, 1, 6)).payloads == [b"3"]
    assert made.behind((1, 1, 7)).payloads == []


def test_checkpoint_before_a_position_is_left_out() -> None:
    made = FeedBatch([b"1"], [(1, 1, 5)], (1, 1, 5), checkpoint=True)
    assert made.behind((1, 1, 5)) is made
    assert not made.behind((1, 1, 6)).payloads


def subscriber() -> Subscriber:
    return Subscriber()


def test_slow_subscriber_is_told_and_cut(settings_of: Any) -> None:
    async def scenario() -> NormalizedError:
        slow = subscriber()
        for number in range(5):
            slow.give(batch(b"12345678", first=number))
        with pytest.raises(NormalizedError) as cut:
            await slow.next()
        return cut.value

    before = value(of_registry(REGISTRY), CUT)
    with settings_of(FEED_BACKLOG_BYTES=10):
        error = asyncio.run(scenario())
    assert (error.code, error.details) == ("SLOW_CONSUMER", {"waiting_bytes": 16, "maximum": 10})
    assert value(of_registry(REGISTRY), CUT) == before + 1


def test_batch_of_any_size_reaches_a_subscriber_that_keeps_up(settings_of: Any) -> None:
    async def scenario() -> None:
        quick = subscriber()
        for number in range(5):
            quick.give(batch(b"x" * 100, first=number))
            assert (await quick.next()).size == 100

    with settings_of(FEED_BACKLOG_BYTES=10):
        asyncio.run(scenario())


def test_subscriber_takes_its_line_before_the_end() -> None:
    async def scenario() -> str:
        ended = subscriber()
        ended.give(batch(b"1"))
        ended.end(NormalizedError("TENANT_SUSPENDED", "Suspended."))
        ended.give(batch(b"2"))
        assert (await ended.next()).payloads == (b"1",)
        with pytest.raises(NormalizedError) as error:
            await ended.next()
        return error.value.code

    assert asyncio.run(scenario()) == "TENANT_SUSPENDED"


def test_event_loop_serves_others_between_a_few_subscribers() -> None:
    """A webhook that comes while a thousand subscribers are woken waits for some of them, not for all."""
    count = 1_000

    async def scenario() -> list[int]:
        taken, at = 0, []
        many = [subscriber() for _ in range(count)]

        async def take(one: Subscriber) -> None:
            nonlocal taken
            await one.next()
            taken += 1

        async def webhook() -> None:
            while taken < count:
                at.append(taken)
                await asyncio.sleep(0)

        tasks = [asyncio.ensure_future(take(one)) for one in many]
        await asyncio.sleep(0)
        other = asyncio.ensure_future(webhook())
        await give_all([(one, batch(b"1")) for one in many])
        await asyncio.gather(other, *tasks)
        return at

    served = asyncio.run(scenario())
    assert max(after - before for before, after in itertools.pairwise(served)) <= subscribers.AT_ONCE
