"""Large answers are read a few at a time, of each tenant at most half of these, and every call gets its answer."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from actors.connectors.guard import large_answers
from actors.connectors.guard.large_answers import FREE_BYTES, LargeAnswerPlace, Places
from tests.support.large_answers import large_answers as answering
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give


def test_place_is_handed_to_the_call_that_waits() -> None:
    async def act() -> None:
        places = Places(1, 1)
        first, second, third = (LargeAnswerPlace(tenant, places) for tenant in "abc")
        resumed = asyncio.Event()
        assert first.ask(lambda: None)
        assert first.ask(lambda: None), "a call asks again for its next answer"
        assert not second.ask(resumed.set)
        assert not third.ask(lambda: None)
        first.give_back()
        first.give_back()
        await asyncio.wait_for(resumed.wait(), 5)
        assert (first.has_place, second.has_place, third.has_place) == (False, True, False)

    asyncio.run(act())


def test_tenant_leaves_places_to_others() -> None:
    async def act() -> None:
        places = Places(4, 2)
        mine = [LargeAnswerPlace("a", places) for _ in range(3)]
        assert [holding.ask(lambda: None) for holding in mine] == [True, True, False]
        assert LargeAnswerPlace("b", places).ask(lambda: None)

    asyncio.run(act())


def test_call_that_ends_while_it_waits_leaves_the_line() -> None:
    async def act() -> None:
        places = Places(1, 1)
        first, second, third = (LargeAnswerPlace("a", places) for _ in range(3))
        assert first.ask(lambda: None)
        assert not second.ask(lambda: None)
        assert not third.ask(lambda: None)
        second.give_back()
        first.give_back()
        assert (second.has_place, third.has_place) == (False, True)

    asyncio.run(act())


def test_calls_with_large_answers_take_turns(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    most = list[int]()
    take = Places._take

    def watched(places: Places, holding: LargeAnswerPlace) -> None:
        take(places, holding)
        most.append(places._taken.total())

    monkeypatch.setattr(Places, "_take", watched)
    monkeypatch.setattr(large_answers.places, "_most", 2)
    let_reach_this_machine(plane)
    body = orjson.dumps(["x" * 10 for _ in range(FREE_BYTES // 4)])
    with answering(body) as url, a_scheduler() as scheduler:
        call = {"method": "POST", "url": url, "json": 1}
        plane.publish("calls", [{"key": f"s{n}", "uses": "http.request", "with": call, "needs": []} for n in range(6)])
        plane.send({})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert plane.run_states() == ["succeeded"]
    assert plane.rows("SELECT DISTINCT jsonb_array_length(output -> 'json') FROM step_run") == [(FREE_BYTES // 4,)]
    assert len(most) == 6
    assert max(most) == 2
