"""http.request against a real server: what it sends, what it gives, and what each failure means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest

from actors.connectors.auth import Credentials
from actors.connectors.base import ConnectorError
from actors.connectors.http.request import build_request
from actors.connectors.registry import CONNECTORS
from tests.support.facts import naming
from tests.support.outbound import CAUSATION, KEY, TRACEPARENT, call
from tests.support.raw_server import OK, Exchange, RawServer, answer, run

HTTP = CONNECTORS["http.request"]
PAST = "Wed, 21 Oct 2015 07:28:00 GMT"


async def _ask(reply: Any = OK, **given: Any) -> tuple[Any, Exchange]:
    async with RawServer(reply) as server:
        output = await HTTP.call(call({"url": server.url, **given}))
        return output, server.exchanges[-1]


async def _fail(reply: Any, *, timeout_seconds: float = 5.0, **given: Any) -> ConnectorError:
    async with RawServer(reply) as server:
        with pytest.raises(ConnectorError) as caught:
            await HTTP.call(call({"url": server.url, **given}, timeout_seconds=timeout_seconds))
        return caught.value


def test_request_carries_key_trace_causation_and_agent() -> None:
    _, exchange = run(_ask())
    assert exchange.line == "GET / HTTP/1.1"
    assert exchange.headers["idempotency-key"] == KEY
    assert exchange.headers["traceparent"] == TRACEPARENT
    assert exchange.headers["automate-causation"] == CAUSATION
    assert exchange.headers["baggage"] == f"automate.causation={CAUSATION}"
    assert exchange.headers["user-agent"] == "DjangoAutomate/0.1.0"
    assert "content-length" not in exchange.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_each_method_is_sent_as_written(method: str) -> None:
    reply = answer() if method != "HEAD" else b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Encoding: gzip\r\n\r\n"
    output, exchange = run(_ask(reply, method=method))
    assert (exchange.line, output["status"]) == (f"{method} / HTTP/1.1", 200)
    assert exchange.headers.get("content-length") == ("0" if method in {"POST", "PUT", "PATCH"} else None)


@pytest.mark.parametrize(
    ("given", "content_type", "body"),
    [
        ({"json": {"amount": 100, "name": "\u00e9"}}, "application/json", '{"amount":100,"name":"\u00e9"}'.encode()),
        ({"json": None}, "application/json", b"null"),
        ({"form": {"a": "b c", "n": 1, "ok": True, "l": ["x", "y"]}}, "application/x-www-form-urlencoded", b"a=b+c&n=1&ok=true&l=x&l=y"),
        ({"text": "h\u00e9"}, "text/plain; charset=utf-8", b"h\xc3\xa9"),
        ({"json": [1], "headers": {"content-type": "application/vnd.x+json"}}, "application/vnd.x+json", b"[1]"),
    ],
)  # fmt: skip
def test_body_is_sent_with_its_content_type(given: Mapping[str, Any], content_type: str, body: bytes) -> None:
    _, exchange = run(_ask(method="POST", **given))
    assert (exchange.headers["content-type"], exchange.body) == (content_type, body)
    assert exchange.headers["content-length"] == str(len(body))


def test_query_is_added_to_the_urls_own() -> None:
    async def work() -> None:
        async with RawServer() as server:
            given = {"url": f"{server.url}find?a=1#top", "query": {"q": "x&y", "tag": ["b", "c"], "n": 2}}
            await HTTP.call(call(given))
            path, _, query = server.exchanges[0].line.split()[1].partition("?")
            assert path == "/find"
            assert parse_qsl(query) == [("a", "1"), ("q", "x&y"), ("tag", "b"), ("tag", "c"), ("n", "2")]

    run(work())


def test_users_headers_are_sent_and_may_name_another_agent() -> None:
    _, exchange = run(_ask(headers={"Authorization": "Bearer t", "User-Agent": "mine", "X-N": 5}))
    sent = {name: exchange.headers[name] for name in ("authorization", "user-agent", "x-n")}
    assert sent == {"authorization": "Bearer t", "user-agent": "mine", "x-n": "5"}


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ({"baggage": "userId=alice,serverNode=DF%2028"}, "userId=alice,serverNode=DF%2028,"),
        ({"Baggage": " a=1;prop=x , b=2,"}, "a=1;prop=x,b=2,"),
        ({"baggage": "a=1", "BAGGAGE": "b=2"}, "a=1,b=2,"),
        ({"baggage": "automate.causation=mine,a=1, automate.causation = other;p"}, "a=1,"),
        ({"baggage": ""}, ""),
        ({"baggage": 5}, "5,"),
    ],
)
def test_users_baggage_is_kept_and_carries_causation_too(own: Mapping[str, Any], sent: str) -> None:
    _, exchange = run(_ask(headers=own))
    assert exchange.headers["baggage"] == f"{sent}automate.causation={CAUSATION}"


def test_json_answer_is_given_parsed() -> None:
    reply = answer(
        "201 Created",
        b'\xef\xbb\xbf{"id": "ch_1", "n": [1, null]}',
        "Content-Type: application/problem+json; x=y",
        "X-A: 1",
        "X-A: 2",
    )
    output, _ = run(_ask(reply))
    assert output.pop("elapsed_ms") >= 0
    assert output == {
        "status": 201,
        "headers": {"content-length": "33", "content-type": "application/problem+json; x=y", "x-a": "1, 2"},
        "json": {"id": "ch_1", "n": [1, None]},
    }


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", b'{"ok": true}', '{"ok": true}'),
        ("text/plain; charset=ISO-8859-1", b"caf\xe9", "caf\u00e9"),
        ("text/plain; charset=punycode", b"caf\xc3\xa9", "caf\u00e9"),
        ("text/plain", b"a\x00b\xff", "a\ufffdb\ufffd"),
        ("application/json", b'{"cut": ', '{"cut": '),
        ("application/json", b'{"n": NaN}', '{"n": NaN}'),
        ("application/octet-stream", b"\x89PNG", "\ufffdPNG"),
    ],
)
def test_other_answers_are_given_as_text(content_type: str, body: bytes, text: str) -> None:
    output, _ = run(_ask(answer("200 OK", body, f"Content-Type: {content_type}")))
    assert (output["text"], "json" in output) == (text, False)


def test_long_text_is_cut_and_says_so() -> None:
    output, _ = run(_ask(answer("200 OK", b"a" * 200_000, "Content-Type: text/plain")))
    assert (len(output["text"]), output["text_truncated"]) == (131_072, True)


def test_nul_in_json_becomes_something_postgres_stores() -> None:
    output, _ = run(_ask(answer("200 OK", b'{"a\\u0000": ["\\u0000", 1]}', "Content-Type: application/json")))
    assert output["json"] == {"a\ufffd": ["\ufffd", 1]}


@pytest.mark.parametrize(("depth", "kept"), [(64, True), (65, False), (900, False)])
def test_json_is_kept_to_depth_64(depth: int, *, kept: bool) -> None:
    reply = answer("200 OK", b"[" * depth + b"]" * depth, "Content-Type: application/json")
    if kept:
        assert "json" in run(_ask(reply))[0]
    else:
        error = run(_fail(reply, method="POST"))
        assert (error.code, error.arrived) == ("CONNECTOR_REFUSED", True)


def test_outputs_fit_the_published_schema() -> None:
    schema = jsonschema_rs.Draft202012Validator(dict(HTTP.spec.output_schema))
    for reply in (OK, answer(), answer("200 OK", b"a" * 200_000)):
        schema.validate(run(_ask(reply))[0])


def test_empty_answer_has_neither_json_nor_text() -> None:
    output, _ = run(_ask(answer("200 OK", b"", "Content-Type: application/json")))
    assert set(output) == {"status", "headers", "elapsed_ms"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "with"),
        ({"url": 5}, "url"),
        ({"url": "http://x.example/", "method": "TRACE"}, "method"),
        ({"url": "http://x.example/", "method": "get"}, "method"),
        ({"url": "http://x.example/", "body": "x"}, "with"),
        ({"url": "http://x.example/", "json": 1, "text": "x"}, "with"),
        ({"url": "http://x.example/", "form": {}, "json": {}}, "with"),
        ({"url": "http://x.example/", "form": {"a": {}}}, "form.a"),
        ({"url": "http://x.example/", "text": "\ud800"}, "text"),
        ({"url": "http://x.example/", "json": "\ud800"}, "json"),
        ({"url": "http://x.example/", "expected_statuses": []}, "expected_statuses"),
        ({"url": "http://x.example/", "expected_statuses": [99]}, "expected_statuses.0"),
        ({"url": "http://x.example/", "headers": {"X-A": None}}, "headers.X-A"),
        ({"url": "http://x.example/", "headers": {"X-A": "s3cret\n"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"Idempotency-Key": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"idempotency-key": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"Automate-Causation": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"automate-CAUSATION": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"TraceParent": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "headers": {"Host": "s3cret"}}, "headers"),
        ({"url": "http://x.example/", "query": ["s3cret"]}, "query"),
    ],
)
def test_bad_input_is_told_by_field_without_its_value(given: Mapping[str, Any], field: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        run(HTTP.call(call(given)))
    assert (caught.value.code, caught.value.details["field"], caught.value.arrived) == ("BAD_USER_INPUT", field, False)
    assert "s3cret" not in str(caught.value.as_json())


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "CONNECTOR_AUTH") for status in (401, 403)),
        (429, "CONNECTOR_RATE_LIMITED"),
        *((status, "CONNECTOR_TRANSIENT") for status in (408, 425, 500, 502, 503, 504, 520)),
        *((status, "CONNECTOR_REFUSED") for status in (302, 304, 400, 404, 405, 409, 410, 422, 451, 501, 505)),
    ],
)
def test_status_means_what_the_table_says(status: int, code: str) -> None:
    body = b"" if status == 304 else b"why\x00 " * 500
    error = run(_fail(answer(f"{status} Status", body)))
    assert (error.code, error.arrived, error.details["status"]) == (code, False, status)
    assert f"answered {status}" in error.message
    assert error.details["body"] == ("why\ufffd " * 500)[: 512 if body else 0]
    output, _ = run(_ask(answer(f"{status} Status", body), expected_statuses=[200, status]))
    assert output["status"] == status


def test_success_that_was_not_expected_is_refused() -> None:
    assert run(_fail(OK, expected_statuses=[201, 404])).code == "CONNECTOR_REFUSED"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 7"], 7.0),
        (["Retry-After: 0"], 0.0),
        (["Retry-After: 99999999999999999999"], 86_400.0),
        ([f"Date: {PAST}", "Retry-After: Wed, 21 Oct 2015 07:30:00 GMT"], 120.0),
        ([f"Date: {PAST}", "Retry-After: Wed, 21 Oct 2015 07:00:00 GMT"], 0.0),
        ([f"Date: {PAST}", "Retry-After: Sat, 24 Oct 2015 07:28:00 GMT"], 86_400.0),
        ([f"Retry-After: {PAST}"], 0.0),
        (["Retry-After: soon"], None),
        (["Retry-After: -5"], None),
        (["Retry-After: 1.5"], None),
        (["Retry-After: Wed, 99 Oct 99999 07:28:00 GMT"], None),
        (["Retry-After: Fri, 31 Dec 99999999999999999999 23:59:59 GMT"], None),
        (["Retry-After: Fri, 31 Dec 2026 23:59:59 +99999999999999"], None),
        ([f"Retry-After: {PAST}", "Date: Fri, 31 Dec 99999999999999999999 23:59:59 GMT"], 0.0),
        ([], None),
    ],
)
def test_retry_after_is_read_within_a_day(status: int, headers: list[str], seconds: float | None) -> None:
    assert run(_fail(answer(f"{status} Wait", b"", *headers))).retry_after_seconds == seconds


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _close(exchange: Exchange) -> None:
    exchange.writer.close()


async def _half_body(exchange: Exchange) -> None:
    await exchange.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":')
    exchange.writer.close()


async def _half_chunk(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf")
    exchange.writer.close()


async def _not_http(exchange: Exchange) -> None:
    await exchange.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    exchange.writer.close()


@pytest.mark.parametrize("reply", [_reset, _close, _half_body, _half_chunk, _not_http])
def test_answer_that_breaks_may_have_arrived(reply: Any) -> None:
    error = run(_fail(reply, method="POST", json={}))
    assert (error.code, error.arrived, error.retryable) == ("CONNECTOR_TRANSIENT", True, True)


def test_silence_times_out_and_may_have_arrived() -> None:
    async def silent(_exchange: Exchange) -> None:
        return

    error = run(_fail(silent, timeout_seconds=0.2, method="POST"))
    assert (error.code, error.arrived) == ("CONNECTOR_TIMEOUT", True)
    assert error.message == naming("0.2")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_what_only_reads_does_nothing_whatever_became_of_it(method: str) -> None:
    """Nobody has to say what became of a call that changes nothing."""
    error = run(_fail(_close, method=method))
    assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", method == "DELETE")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_without_end_are_refused(method: str) -> None:
    async def round_and_round(exchange: Exchange) -> None:
        await exchange.send(answer("307 Again", b"", "Location: /x"))

    error = run(_fail(round_and_round, method=method, follow_redirects=True))
    assert (error.details["failure"], error.arrived) == ("redirects", method == "POST")


def test_refused_connection_did_not_arrive() -> None:
    async def work() -> None:
        async with RawServer() as server:
            url = server.url
        with pytest.raises(ConnectorError) as caught:
            await HTTP.call(call({"url": url}))
        assert (caught.value.code, caught.value.arrived) == ("CONNECTOR_TRANSIENT", False)

    run(work())


def test_large_answer_is_refused_and_arrived() -> None:
    error = run(_fail(answer("200 OK", b"a" * (1024 * 1024 + 1)), method="POST"))
    assert (error.code, error.arrived) == ("CONNECTOR_REFUSED", True)


def test_json_of_which_the_output_passes_one_mib_is_refused() -> None:
    def reply(size: int) -> bytes:
        return answer("200 OK", b'["' + b"a" * (size - 4) + b'"]', "Content-Type: application/json")

    assert len(run(_ask(reply(1024 * 1024 - 512)))[0]["json"][0]) == 1024 * 1024 - 516
    error = run(_fail(reply(1024 * 1024), method="POST"))
    assert (error.code, error.arrived) == ("CONNECTOR_REFUSED", True)


def test_connection_is_kept_between_calls() -> None:
    async def work() -> None:
        async with RawServer() as server:
            for _ in range(5):
                await HTTP.call(call({"url": server.url}))
            assert (server.connections, len(server.exchanges)) == (1, 5)

    run(work())


def test_inside_host_is_blocked_without_an_entry() -> None:
    async def work() -> None:
        async with RawServer() as server:
            given = {"url": server.url, "headers": {"Authorization": "s3cret"}}
            with pytest.raises(ConnectorError) as caught:
                await HTTP.call(call(given, allowed=()))
            assert (caught.value.code, caught.value.retryable, server.connections) == ("CONNECTOR_BLOCKED", False, 0)
            await HTTP.call(call(given, allowed=(f"127.0.0.1:{server.port}",)))
            assert server.connections == 1

    run(work())


def test_secrets_of_a_request_stay_out_of_its_repr() -> None:
    given = {"url": "http://x.example/?k=s3cret", "headers": {"B": "s3cret"}, "json": "s3cret"}
    assert "s3cret" not in repr(build_request(call(given), Credentials((("A", "s3cret"),)), 5.0))


def test_spec_tells_effect_and_title() -> None:
    assert (HTTP.spec.name, HTTP.spec.effect, HTTP.inline) == ("http.request", "keyed", False)
