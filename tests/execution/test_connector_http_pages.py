"""The paginate field of http.request: three ways from page to page, one output, and what ends it."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.registry import CONNECTORS
from tests.support.error_tables import failure_of
from tests.support.facts import naming
from tests.support.outbound import KEY, call
from tests.support.raw_server import Exchange, RawServer, answer, run

HTTP = CONNECTORS["http.request"]


def _json(value: Any, *headers: str) -> bytes:
    return answer("200 OK", json.dumps(value).encode(), "Content-Type: application/json", *headers)


def _query(exchange: Exchange) -> dict[str, list[str]]:
    return parse_qs(urlsplit(exchange.line.split()[1]).query)


async def _read(pages: Any, paginate: dict[str, Any], **given: Any) -> tuple[Any, RawServer]:
    async with RawServer(pages) as server:
        return await HTTP.call(call({"url": server.url, "paginate": paginate, **given})), server


def _linked(count: int, rel: str = 'rel="prev next"') -> Any:
    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange).get("p", ["1"])[0])
        more = [f'Link: </?p=1>; rel=first, </?p={number + 1}>; title="x"; {rel}'] if number < count else []
        await exchange.send(_json([f"i{number}a", f"i{number}b"], *more))

    return pages


@pytest.mark.parametrize("rel", ['rel="prev next"', "rel=next", 'REL="NEXT"'])
def test_links_are_followed_to_the_last_page(rel: str) -> None:
    output, server = run(_read(_linked(3, rel), {"by": {"link": {}}}, headers={"Authorization": "Bearer t"}))
    assert output.pop("elapsed_ms") >= 0
    assert output.pop("headers")["content-type"] == "application/json"
    assert output == {
        "status": 200,
        "items": ["i1a", "i1b", "i2a", "i2b", "i3a", "i3b"],
        "pages": 3,
        "truncated": False,
    }
    assert {exchange.headers["idempotency-key"] for exchange in server.exchanges} == {KEY}
    assert {exchange.headers["authorization"] for exchange in server.exchanges} == {"Bearer t"}
    assert server.connections == 1


def test_key_in_the_query_goes_to_each_page_and_not_into_the_output() -> None:
    auth = {"query": {"name": "key", "value": "k&y"}}
    output, server = run(_read(_linked(3), {"by": {"link": {}}, "max_pages": 2}, auth=auth))
    assert [_query(exchange) for exchange in server.exchanges] == [{"key": ["k&y"]}, {"p": ["2"], "key": ["k&y"]}]
    assert output["next"] == f"{server.url}?p=3"


def test_cursor_is_put_into_the_query_in_place_of_the_old_one() -> None:
    async def pages(exchange: Exchange) -> None:
        cursor = _query(exchange).get("after", ["0"])[0]
        following = {"0": "a&b", "a&b": 2, "2": ""}[cursor]
        await exchange.send(_json({"data": {"rows": [cursor]}, "meta": {"next": following}}))

    by = {"cursor": {"path": "meta.next", "parameter": "after"}}
    output, server = run(_read(pages, {"by": by, "items": "data.rows"}, query={"state": "open"}))
    assert (output["items"], output["pages"], output["truncated"]) == (["0", "a&b", "2"], 3, False)
    assert [_query(exchange) for exchange in server.exchanges] == [
        {"state": ["open"]},
        {"state": ["open"], "after": ["a&b"]},
        {"state": ["open"], "after": ["2"]},
    ]


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": ""}, {"next": False}])
def test_absent_cursor_ends_it(end: dict[str, Any]) -> None:
    paginate = {"by": {"cursor": {"path": "meta.next", "parameter": "after"}}, "items": "rows"}
    output, _ = run(_read(_json({"rows": [1], "meta": end}), paginate))
    assert (output["items"], output["pages"], output["truncated"]) == ([1], 1, False)


@pytest.mark.parametrize("cursor", [True, ["x"], {"after": 2}, 1.5])
def test_cursor_that_cannot_be_sent_is_not_taken_for_the_end(cursor: Any) -> None:
    paginate = {"by": {"cursor": {"path": "meta.next", "parameter": "after"}}, "items": "rows"}
    with pytest.raises(ConnectorError) as caught:
        run(_read(_json({"rows": [1], "meta": {"next": cursor}}), paginate))
    assert caught.value.details["failure"] == "page_shape"


@pytest.mark.parametrize("first", [0, 1, 5])
def test_numbers_are_counted_until_a_page_is_empty(first: int) -> None:
    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange)["page"][0])
        await exchange.send(_json({"rows": [number] if number < first + 2 else []}))

    paginate = {"by": {"number": {"parameter": "page", "first": first}}, "items": "rows"}
    output, server = run(_read(pages, paginate))
    assert (output["items"], output["pages"], output["truncated"]) == ([first, first + 1], 3, False)
    assert len(server.exchanges) == 3


@pytest.mark.parametrize(
    ("by", "following"),
    [
        ({"link": {}}, "?p=3"),
        ({"cursor": {"path": "next", "parameter": "after"}}, "c"),
        ({"number": {"parameter": "page"}}, 3),
    ],
)
def test_most_pages_end_it_and_the_output_says_where_it_goes_on(by: dict[str, Any], following: Any) -> None:
    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange).get("p", ["1"])[0])
        cursor = "c" if "after" in _query(exchange) else "b"
        await exchange.send(_json({"rows": [1], "next": cursor}, f"Link: <?p={number + 1}>; rel=next"))

    output, server = run(_read(pages, {"by": by, "items": "rows", "max_pages": 2}))
    assert (output["pages"], output["truncated"], len(server.exchanges)) == (2, True, 2)
    assert output["next"] == (server.url + following if "link" in by else following)
    jsonschema_rs.Draft202012Validator(dict(HTTP.spec.output_schema)).validate(output)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer("200 OK", b"[]", "Content-Type: text/plain"), "page_shape"),
        (answer("200 OK", b"{", "Content-Type: application/json"), "page_shape"),
        (_json({"rows": 1}), "page_shape"),
        (_json([]), "page_shape"),
        (_json({"rows": []}, "Link: <http://127.0.0.2:4444/>; rel=next"), "page_elsewhere"),
        (_json({"rows": []}, "Link: <https://127.0.0.1/>; rel=next"), "page_elsewhere"),
        (_json({"rows": []}, "Link: <http://[/>; rel=next"), "page_elsewhere"),
        (_json({"rows": []}, "Link: <ftp://x/>; rel=next"), "blocked"),
        (_json({"rows": []}, "Link: <?p=1>; rel=next"), "page_loop"),
        (answer("500 No"), "unavailable"),
    ],
)
def test_page_that_cannot_be_read_fails_the_step(reply: bytes, failure: str) -> None:
    async def work() -> None:
        async with RawServer(reply) as server:
            given = {"url": f"{server.url}?p=1", "paginate": {"by": {"link": {}}, "items": "rows"}}
            assert (await failure_of(HTTP, given)).details["failure"] == failure
            assert len(server.exchanges) == 1

    run(work())


def test_host_that_a_redirect_led_to_does_not_say_where_credentials_go_next() -> None:
    async def work() -> None:
        moved = bytearray()
        async with RawServer(lambda exchange: exchange.send(bytes(moved))) as server:
            link = _json(["i"], f"Link: <{server.url}orders?delete=all>; rel=next")
            async with RawServer(link, host="127.0.0.2") as other:
                moved += answer("302 Found", b"", f"Location: {other.url}list")
                given = {"url": server.url, "paginate": {"by": {"link": {}}}, "follow_redirects": True}
                with pytest.raises(ConnectorError) as caught:
                    await HTTP.call(call({**given, "auth": {"bearer": "s3cr3t"}}))
            assert caught.value.details["failure"] == "page_elsewhere"
            assert caught.value.message == naming("redirect")
            assert len(server.exchanges) == 1

    run(work())


def test_link_is_read_against_the_page_that_a_redirect_led_to() -> None:
    async def reply(exchange: Exchange) -> None:
        path = exchange.line.split()[1]
        if path == "/":
            await exchange.send(answer("302 Found", b"", "Location: /deep/list"))
        else:
            await exchange.send(_json([path], *(["Link: <more?p=2>; rel=next"] if path == "/deep/list" else [])))

    output, _ = run(_read(reply, {"by": {"link": {}}}, follow_redirects=True))
    assert output["items"] == ["/deep/list", "/deep/more?p=2"]


def test_circle_of_pages_is_noticed() -> None:
    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange)["p"][0])
        await exchange.send(_json([number], f"Link: <?p={number % 3}>; rel=next"))

    async def work() -> None:
        async with RawServer(pages) as server:
            given = {"url": f"{server.url}?p=0", "paginate": {"by": {"link": {}}}}
            assert (await failure_of(HTTP, given)).details["failure"] == "page_loop"

    async def numbered(exchange: Exchange) -> None:
        number = int(_query(exchange)["p"][0])
        await exchange.send(_json([number], f"Link: <?p={(number + 1) % 3}>; rel=next"))

    async def around() -> None:
        async with RawServer(numbered) as server:
            given = {"url": f"{server.url}?p=0", "paginate": {"by": {"link": {}}}}
            assert (await failure_of(HTTP, given)).details["failure"] == "page_loop"
            assert len(server.exchanges) == 3

    run(work())
    run(around())


def test_bytes_of_all_pages_are_bounded_together() -> None:
    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange)["page"][0])
        await exchange.send(_json(["x" * 300] if number < 9 else []))

    async def work() -> None:
        async with RawServer(pages) as server:
            given = {
                "url": server.url,
                "paginate": {"by": {"number": {"parameter": "page"}}},
                "max_response_bytes": 1000,
            }
            error = await failure_of(HTTP, given)
            assert (error.details["failure"], error.arrived, len(server.exchanges)) == ("answer_too_large", False, 4)
            assert error.message == naming("4", "1000", "paginate.max_pages")

    run(work())


@pytest.mark.parametrize("page", [1, 2])
def test_page_that_is_a_bomb_is_told_as_one(page: int) -> None:
    bomb = gzip.compress(json.dumps(["x" * 400_000]).encode(), 9)

    async def pages(exchange: Exchange) -> None:
        number = int(_query(exchange)["page"][0])
        headers = ("Content-Type: application/json", "Content-Encoding: gzip")
        await exchange.send(answer("200 OK", bomb, *headers) if number == page else _json([number]))

    async def work() -> None:
        async with RawServer(pages) as server:
            error = await failure_of(HTTP, {"url": server.url, "paginate": {"by": {"number": {"parameter": "page"}}}})
            assert (error.details["failure"], error.message.split(";")[0]) == (
                "answer_too_large",
                naming("200"),
            )

    run(work())


def test_all_pages_share_the_calls_time() -> None:
    async def slow(exchange: Exchange) -> None:
        if _query(exchange)["page"] == ["1"]:
            await asyncio.sleep(0.6)
            await exchange.send(_json([1]))

    async def work() -> None:
        async with RawServer(slow) as server:
            given = {"url": server.url, "paginate": {"by": {"number": {"parameter": "page"}}}}
            error = await failure_of(HTTP, given, timeout_seconds=1.0)
            assert (error.details["failure"], error.arrived, len(server.exchanges)) == ("timed_out", False, 2)
            left = re.search(r"within ([0-9.]+) s", error.message)
            assert left is not None
            assert float(left[1]) <= 0.4

    run(work())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"method": "POST", "paginate": {"by": {"link": {}}}}, "method"),
        ({"paginate": {}}, "paginate"),
        ({"paginate": {"by": {}}}, "paginate.by"),
        ({"paginate": {"by": {"link": {}, "number": {"parameter": "p"}}}}, "paginate.by"),
        ({"paginate": {"by": {"cursor": {"path": "a"}}}}, "paginate.by.cursor"),
        ({"paginate": {"by": {"link": {}}, "max_pages": 101}}, "paginate.max_pages"),
    ],
)
def test_bad_paginate_is_told_by_field(given: dict[str, Any], field: str) -> None:
    error = run(failure_of(HTTP, {"url": "http://x.example/", **given}))
    assert (error.details["failure"], error.details["field"]) == ("bad_input", field)
