"""Bodies of http.request that are neither JSON nor a plain form, and the limit of what comes back."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from actors.connectors.registry import CONNECTORS
from tests.support.error_tables import failure_of
from tests.support.outbound import call
from tests.support.raw_server import Exchange, RawServer, answer, run

HTTP = CONNECTORS["http.request"]
BYTES = bytes(range(256))


async def _post(**given: Any) -> Exchange:
    async with RawServer() as server:
        await HTTP.call(call({"method": "POST", "url": server.url, **given}))
        return server.exchanges[-1]


def _parts(exchange: Exchange) -> list[Message]:
    """As the standard library reads them, which knows nothing of us."""
    head = f"Content-Type: {exchange.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + exchange.body).get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def test_multipart_carries_fields_and_files_in_order() -> None:
    parts = [
        {"name": "title", "text": "R\u00e9port"},
        {"name": "meta", "json": {"n": 1}},
        {"name": "file", "filename": 'a"b.csv', "content_type": "text/csv", "text": "a,b\r\n1,2\r\n"},
        {"name": "raw", "filename": "r.bin", "base64": base64.b64encode(BYTES).decode()},
    ]
    title, meta, file, raw = _parts(run(_post(multipart=parts)))
    assert (title.get_param("name", header="content-disposition"), title["content-type"]) == ("title", None)
    assert title.get_payload(decode=True) == "R\u00e9port".encode()
    assert (meta.get_content_type(), meta.get_payload(decode=True)) == ("application/json", b'{"n":1}')
    assert (file.get_filename(), file.get_content_type()) == ("a%22b.csv", "text/csv")
    assert file.get_payload(decode=True) == b"a,b\r\n1,2\r\n"
    assert (raw.get_filename(), raw.get_content_type()) == ("r.bin", "application/octet-stream")


def test_multipart_bytes_arrive_whole_and_a_repeat_sends_the_same() -> None:
    parts = [{"name": "raw", "filename": "r.bin", "base64": base64.b64encode(BYTES).decode()}]
    first, second = run(_post(multipart=parts)), run(_post(multipart=parts))
    assert b"\r\n\r\n" + BYTES + b"\r\n--part-" in first.body
    assert first.body == second.body


def test_names_of_parts_add_no_header() -> None:
    exchange = run(_post(multipart=[{"name": 'a"\r\nX-Evil: 1', "text": "t"}]))
    (part,) = _parts(exchange)
    assert part.keys() == ["Content-Disposition"]
    assert part.get_payload() == "t"


def test_raw_body_is_sent_as_it_is() -> None:
    exchange = run(_post(base64=base64.b64encode(BYTES).decode()))
    assert (exchange.body, exchange.headers["content-type"]) == (BYTES, "application/octet-stream")
    exchange = run(_post(base64="PGEvPg==", headers={"Content-Type": "application/xml"}))
    assert (exchange.body, exchange.headers["content-type"]) == (b"<a/>", "application/xml")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"base64": "%%%"}, "base64"),
        ({"base64": "\u00e9"}, "base64"),
        ({"base64": "YQ", "text": "a"}, "with"),
        ({"multipart": []}, "multipart"),
        ({"multipart": [{"name": "a"}]}, "multipart.0"),
        ({"multipart": [{"name": "a", "text": "t", "json": 1}]}, "multipart.0"),
        ({"multipart": [{"name": "a", "base64": "%"}]}, "multipart.0.base64"),
        ({"multipart": [{"name": "a", "text": "\ud800"}]}, "multipart.0.text"),
        (
            {"multipart": [{"name": "a", "text": "t", "content_type": "text/x\r\nX-Evil: 1"}]},
            "multipart.0.content_type",
        ),
        ({"max_response_bytes": 0}, "max_response_bytes"),
        ({"max_response_bytes": 1_048_577}, "max_response_bytes"),
    ],
)
def test_bad_body_is_told_by_field(given: dict[str, Any], field: str) -> None:
    error = run(failure_of(HTTP, {"method": "POST", "url": "http://x.example/", **given}))
    assert (error.details["failure"], error.details["field"]) == ("bad_input", field)


@pytest.mark.parametrize(("size", "kept"), [(1000, True), (1001, False)])
def test_step_may_ask_for_a_smaller_limit(size: int, *, kept: bool) -> None:
    async def work() -> None:
        async with RawServer(answer("200 OK", b"a" * size)) as server:
            given = {"method": "POST", "url": server.url, "max_response_bytes": 1000}
            if kept:
                output: Any = await HTTP.call(call(given))
                assert len(output["text"]) == size
            else:
                error = await failure_of(HTTP, given)
                assert (error.details["failure"], error.arrived) == ("answer_too_large", True)

    run(work())
