"""Backtests through the API: started by who edits rules, watched by who sees them, and told apart from another tenant's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from automate.kernel import access_changes
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.sockets import open_socket

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
CREATED = {"==": [{"var": "type"}, "order.created"]}
FIELDS = """id state when liveWhen filter most total older tested erased newlyMatched noLongerMatched stillMatched
stillUnmatched verdicts { verdict count liveCount } error { code } startedBy finishedAt expiresAt rule { slug }"""
ERRORS = "errors { code path details }"
START = f"mutation($i: BacktestRuleInput!) {{ backtestRule(input: $i) {{ backtest {{ {FIELDS} }} {ERRORS} }} }}"
ABORT = f"mutation($i: AbortBacktestInput!) {{ abortBacktest(input: $i) {{ backtest {{ state tested }} {ERRORS} }} }}"
ONE = f"""query($id: ID!, $of: BacktestDifference) {{ backtest(id: $id) {{ {FIELDS}
  samples(difference: $of) {{ difference verdict liveVerdict reason path event {{ id type payload }} }} }} }}"""
SAMPLES = "subscription($id: ID!) { backtestProgress(backtest: $id) { samples { event { source { slug url } } } } }"
PROGRESS = "subscription($id: ID!) { backtestProgress(backtest: $id) { state total tested newlyMatched } }"


def over(amount: int) -> Any:
    return {"and": [CREATED, {">": [{"var": "payload.amount"}, amount]}]}


@pytest.fixture
def orders(plane: Any) -> list[Any]:
    """Ten, stored a while ago, and a rule for those over five."""
    from tests.support.backtests import stored

    plane.publish("big", NOTE, when=over(5))
    return stored(plane, *({"amount": n, "password": "hunter2"} for n in range(10)))


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event in each chunk."""
    from automate.rules.backtests import chunks

    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0)


def started(api: Api, **given: Any) -> dict[str, Any]:
    payload = api.data(START, i=given)["backtestRule"]
    assert payload["errors"] == []
    backtest: dict[str, Any] = payload["backtest"]
    return backtest


def refused(api: Api, **given: Any) -> tuple[str, list[Any]]:
    payload = api.data(START, i=given)["backtestRule"]
    assert payload["backtest"] is None
    (error,) = payload["errors"]
    return error["code"], error["path"]


def test_draft_is_shown_beside_the_live_rule_with_samples(api: Api, plane: Any, orders: list[Any]) -> None:
    backtest = started(api, rule="big", when=over(7), events={"types": ["order.created"], "source": "api"})
    assert (backtest["state"], backtest["total"], backtest["tested"], backtest["verdicts"]) == ("RUNNING", None, 0, [])
    assert (backtest["when"], backtest["liveWhen"], backtest["rule"]) == (over(7), over(5), {"slug": "big"})
    assert backtest["filter"].keys() == {"types", "source", "receivedBefore"}
    plane.drain()
    found = api.data(ONE, id=backtest["id"], of="NO_LONGER_MATCHED")["backtest"]
    assert (found["state"], found["total"], found["tested"], found["older"]) == ("FINISHED", 10, 10, False)
    kinds = ("newlyMatched", "noLongerMatched", "stillMatched", "stillUnmatched")
    assert [found[kind] for kind in kinds] == [0, 2, 2, 6]
    assert found["verdicts"] == [
        {"verdict": "MATCHED", "count": 2, "liveCount": 4},
        {"verdict": "UNMATCHED", "count": 8, "liveCount": 6},
    ]
    assert [one["event"]["payload"]["amount"] for one in found["samples"]] == [7, 6]
    assert found["samples"][0] == {
        "difference": "NO_LONGER_MATCHED", "verdict": "UNMATCHED", "liveVerdict": "MATCHED",
        "reason": naming("false"), "path": [],
        "event": {"id": found["samples"][0]["event"]["id"], "type": "order.created", "payload": {"amount": 7, "password": "[redacted]"}},
    }  # fmt: skip
    assert found["expiresAt"][:10] > found["finishedAt"][:10]
    listed = api.data(f"{{ backtests(first: 5) {{ totalCount edges {{ node {{ {FIELDS} }} }} }} }}")["backtests"]
    assert listed["totalCount"] == 1
    assert listed["edges"][0]["node"] == {name: value for name, value in found.items() if name != "samples"}
    node = api.data("query($id: ID!) { node(id: $id) { ... on Backtest { stillMatched } } }", id=backtest["id"])
    assert node == {"node": {"stillMatched": 2}}


def test_draft_of_a_rule_to_come_and_a_rule_alone(api: Api, plane: Any, orders: list[Any]) -> None:
    new, alone = started(api, when=over(7)), started(api, rule="big")
    plane.drain()
    found = api.data(ONE, id=new["id"])["backtest"]
    assert (found["newlyMatched"], found["stillUnmatched"], found["liveWhen"], found["rule"]) == (2, 8, None, None)
    assert found["verdicts"][0] == {"verdict": "MATCHED", "count": 2, "liveCount": None}
    assert {one["liveVerdict"] for one in found["samples"]} == {None}
    found = api.data(ONE, id=alone["id"])["backtest"]
    assert (found["stillMatched"], found["stillUnmatched"], found["when"]) == (4, 6, over(5))


def test_what_cannot_be_tested_is_refused_with_its_path(api: Api, plane: Any, orders: list[Any]) -> None:
    assert refused(api) == ("BAD_USER_INPUT", ["when"])
    assert refused(api, rule="nobody") == ("NOT_FOUND", ["rule"])
    assert refused(api, when={"and": [{"nope": 1}]}) == ("INVALID_RULE", ["when", "and", "0"])
    assert refused(api, when=True, events={"source": "nowhere"}) == ("NOT_FOUND", ["events", "source"])
    assert refused(api, when=True, most=500_001) == ("LIMIT_EXCEEDED", ["most"])
    first = started(api, when=True, idempotencyKey="k")
    assert started(api, when=True, idempotencyKey="k")["id"] == first["id"]
    assert refused(api, when=False, idempotencyKey="k") == ("CONFLICT", ["idempotencyKey"])
    started(api, when=True)
    payload = api.data(START, i={"when": True})["backtestRule"]
    assert payload["errors"][0]["details"] == {"limit": "backtests_running", "maximum": 2}


def test_viewer_sees_and_does_not_start(
    tenant: NewTenant, token_for: Callable[..., str], api: Api, plane: Any, orders: list[Any]
) -> None:
    """Who may ask any condition of the payloads themselves could read what is hidden in them, as who saves rules can."""
    backtest = started(Api(token_for(tenant.ref, "editor")), when=over(5))
    plane.drain()
    for role in ("viewer", "operator"):
        other = Api(token_for(tenant.ref, role))
        assert other.code(START, i={"when": True}) == "FORBIDDEN"
        assert other.code(ABORT, i={"backtest": backtest["id"]}) == "FORBIDDEN"
        assert other.data(ONE, id=backtest["id"])["backtest"]["newlyMatched"] == 4


def test_another_tenant_neither_sees_nor_aborts(
    tenant_factory: Callable[[], Any], api: Api, plane: Any, orders: list[Any]
) -> None:
    backtest = started(api, when=True)
    stranger = Api(tenant_factory().token)
    assert stranger.data(ONE, id=backtest["id"])["backtest"] is None
    (error,) = stranger.data(ABORT, i={"backtest": backtest["id"]})["abortBacktest"]["errors"]
    (unknown,) = stranger.data(ABORT, i={"backtest": "nonsense"})["abortBacktest"]["errors"]
    assert error == unknown == {"code": "NOT_FOUND", "path": ["backtest"], "details": {}}
    mine = api.data(ABORT, i={"backtest": backtest["id"], "reason": "enough"})["abortBacktest"]
    assert mine == {"backtest": {"state": "ABORTED", "tested": 0}, "errors": []}


@pytest.mark.usefixtures("slowly")
def test_progress_comes_until_the_end_and_then_completes(
    web: str, tenant: NewTenant, plane: Any, orders: list[Any], run_async: Callable[[Any], Any]
) -> None:
    backtest = started(Api(tenant.token), when=over(5))
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            plane.work()
        connection.close()

    async def scenario() -> list[dict[str, Any]]:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", PROGRESS, id=backtest["id"])
            items = [await socket.item("backtestProgress")]
            worker = asyncio.create_task(asyncio.to_thread(work))
            try:
                while items[-1]["state"] == "RUNNING":
                    items.append(await socket.item("backtestProgress"))
            finally:
                ended.set()
                await worker
            assert await socket.receive() == {"id": "1", "type": "complete"}
            await socket.subscribe("2", PROGRESS, id="bm90aGluZw==")
            assert await socket.error() == "NOT_FOUND"
            return items

    items = run_async(scenario())
    assert items[0] == {"state": "RUNNING", "total": None, "tested": 0, "newlyMatched": 0}
    assert items[-1] == {"state": "FINISHED", "total": 10, "tested": 10, "newlyMatched": 4}
    tested = [item["tested"] for item in items]
    assert tested == sorted(tested)
    assert len(set(tested)) >= 3


def test_progress_shows_the_sources_of_its_samples(
    web: str, tenant: NewTenant, plane: Any, orders: list[Any], run_async: Callable[[Any], Any]
) -> None:
    """The URL of a source has the tenant's name, and items are completed outside of the tenant's scope."""
    backtest = started(Api(tenant.token), when=over(5))
    plane.drain()
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".source SET scheme = %s', "BEARER")

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", SAMPLES, id=backtest["id"])
            return await socket.item("backtestProgress")

    item = run_async(scenario())
    sources = [sample["event"]["source"] for sample in item["samples"]]
    assert sources
    for source in sources:
        assert source["url"].endswith(f"/t/{tenant.ref.slug}/hooks/{source['slug']}")


def test_statements_of_a_page_do_not_follow_its_rows(api: Api, plane: Any, orders: list[Any]) -> None:
    from tests.support.plane import counting

    document = "{ backtests { edges { node { rule { slug } samples { verdict event { id } } } } } }"
    counts = []
    for _ in range(3):
        started(api, rule="big", when=over(7))
        plane.drain()
        # What is remembered of tokens would save their statement.
        access_changes.changed()
        with counting() as seen:
            api.data(document)
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
